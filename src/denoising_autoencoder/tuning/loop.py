"""One process's part of a search: trial after trial, until the study has all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import optuna
from optuna import Trial, TrialPruned
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import fail_stale_trials
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from denoising_autoencoder.tuning.objective import Failed, NotCounted, Objective
from denoising_autoencoder.tuning.storage import GRACE, quiet_optuna
from denoising_autoencoder.tuning.trials import (
    STEPS,
    STOPPED,
    SURPLUS,
    continued,
    counted,
    in_places,
    second_copies,
    was_interrupted,
)

logger = logging.getLogger(__name__)

_LOOK = 0.5
"""Seconds between two looks at the trials of other processes."""

_CANNOT_WRITE = (StorageInternalError, SQLAlchemyError, UpdateFinishedTrialError)
"""What Optuna raises if a trial cannot be changed, or not any more."""


@dataclass
class Loop:
    """Runs trials until the study has all, or the time is over.

    Attributes:
        study: Study.
        objective: What a trial does.
        limit: Number of trials of the study.
        deadline: Time (of `time.time`) after which no trial begins; None for no limit.
        after: Called after each trial and each look at the others.
    """

    study: optuna.Study
    objective: Objective
    limit: int
    deadline: float | None
    after: Callable[[], None]
    _running: Trial | None = field(default=None, init=False)
    _error: BaseException | None = field(default=None, init=False)
    _seen: dict[int, float] = field(default_factory=dict, init=False)

    def run(self) -> None:
        """Run trials.

        Without a deadline all of them have ended then, in whichever process, and none
        of a process that died is left running.

        Whatever ends it, the trial under way keeps its place and its finished folds.
        """
        while not self._is_over(trials := self._trials()):
            places = in_places(trials)[: self.limit]
            queued = any(trial.state is TrialState.WAITING for trial in places)
            if queued or len(places) < self.limit:
                self._run_one()
            else:
                self._look_after_others(trials)
            self.after()

    def _trials(self) -> list[FrozenTrial]:
        """All trials, once the interrupted ones are in the queue again."""
        with quiet_optuna():
            fail_stale_trials(self.study)
        trials = self.study.get_trials(deepcopy=False)
        interrupted = [trial for trial in in_places(trials) if was_interrupted(trial)]
        for trial in interrupted:
            names = self.objective.space.searched
            self.study.add_trial(continued(trial, trials, names))
        if interrupted:
            trials = self.study.get_trials(deepcopy=False)
        # Two processes may have put the same one back, each without seeing the other's.
        for trial in second_copies(trials):
            self._drop(trial)
        return trials

    def _is_over(self, trials: list[FrozenTrial]) -> bool:
        done = len(counted(trials, self.limit))
        is_late = self.deadline is not None and time.time() >= self.deadline
        return done == self.limit or (is_late and done > 0)

    def _run_one(self) -> None:
        self._running = self._error = None
        try:
            with quiet_optuna():
                self.study.optimize(self._score, n_trials=1, catch=(Failed, NotCounted))
        except BaseException as error:
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        """Leave the trial under way to another process, and raise what ended it."""
        # A trial without an error, of which Optuna could not write the end.
        unwritten = self._error is None and isinstance(error, Exception)
        if unwritten and self._was_taken_over():
            logger.warning(
                "A trial was given up: its process stood still for so long that "
                "another took it over."
            )
            return
        if self._running is not None:
            self._fail(self._running.number)
        raise self._error or error

    def _score(self, trial: Trial) -> float:
        """Score a trial; note what interrupts it, and that its process lives."""
        self._running = trial
        try:
            return self.objective(trial)
        except (Failed, NotCounted, TrialPruned, UpdateFinishedTrialError):
            raise
        except BaseException as error:
            self._error = error
            with suppress(*_CANNOT_WRITE):
                trial.set_user_attr(STOPPED, True)
            raise

    def _was_taken_over(self) -> bool:
        """Whether the trial under way has ended, though not by this process."""
        if self._running is None:
            return False
        trials = self.study.get_trials(deepcopy=False)
        number = self._running.number
        return any(
            trial.number == number and trial.state.is_finished() for trial in trials
        )

    def _look_after_others(self, trials: list[FrozenTrial]) -> None:
        """Fail the trials of processes that died at once, and wait for the others."""
        now = time.monotonic()
        for trial in trials:
            # Optuna looks only after those whose process has given a sign of life.
            silent = trial.state is TrialState.RUNNING and STEPS not in trial.user_attrs
            if silent and now - self._seen.setdefault(trial.number, now) > GRACE:
                self._fail(trial.number)
        time.sleep(_LOOK)

    def _drop(self, trial: FrozenTrial) -> None:
        """Take a trial that nobody needs out of the queue."""
        storage = self.study._storage
        with suppress(*_CANNOT_WRITE):
            storage.set_trial_user_attr(trial._trial_id, SURPLUS, True)
            storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)

    def _fail(self, number: int) -> None:
        """Fail a trial that cannot go on, if it still runs and can be changed."""
        with quiet_optuna(), suppress(*_CANNOT_WRITE):
            self.study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
