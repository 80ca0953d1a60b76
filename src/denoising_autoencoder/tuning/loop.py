"""One process's part of a search: trial after trial, until the study has all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import optuna
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import fail_stale_trials
from optuna.trial import FrozenTrial, TrialState

from denoising_autoencoder.tuning.objective import Failed, NotCounted, Objective
from denoising_autoencoder.tuning.storage import GRACE, put_back, quiet_optuna
from denoising_autoencoder.tuning.trials import (
    STEPS,
    counted,
    in_places,
    takes_a_place,
)

logger = logging.getLogger(__name__)

_LOOK = 0.5
"""Seconds between two looks at the trials of other processes."""


_OVER = (ValueError, UpdateFinishedTrialError)
"""What Optuna raises for a trial that is not running any more."""


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
    _seen: dict[int, float] = field(default_factory=dict, init=False)

    def run(self) -> None:
        """Run trials.

        Without a deadline all of them have ended then, in whichever process, and none
        of a process that died is left running.

        Whatever ends it, the trial under way is put back with its finished folds.
        """
        while not self._is_over(trials := self.study.get_trials(deepcopy=False)):
            queued = any(trial.state is TrialState.WAITING for trial in trials)
            if queued or len(in_places(trials)) < self.limit:
                self._run_one()
            else:
                self._look_after_others(trials)
            self.after()

    def _is_over(self, trials: list[FrozenTrial]) -> bool:
        done = len(counted(trials, self.limit))
        is_late = self.deadline is not None and time.time() >= self.deadline
        return done == self.limit or (is_late and done > 0)

    def _run_one(self) -> None:
        self.objective.running = None
        try:
            with quiet_optuna():
                self.study.optimize(
                    self.objective, n_trials=1, catch=(Failed, NotCounted)
                )
        except BaseException as error:
            number = self.objective.running
            if isinstance(error, _OVER) and self._was_taken_over(number):
                logger.warning(
                    "A trial was given up: its process stood still for so long that "
                    "another took it over."
                )
                return
            with suppress(StorageInternalError):
                self._put_back(number)
            raise

    def _look_after_others(self, trials: list[FrozenTrial]) -> None:
        """Put back the trials of processes that died, and wait for the others."""
        with quiet_optuna():
            fail_stale_trials(self.study)
        now = time.monotonic()
        for trial in trials:
            # One that has not even begun to give signs of life is none of Optuna's.
            silent = trial.state is TrialState.RUNNING and STEPS not in trial.user_attrs
            if silent and now - self._seen.setdefault(trial.number, now) > GRACE:
                self._put_back(trial.number)
        time.sleep(_LOOK)

    def _put_back(self, number: int | None) -> None:
        """Fail a trial that cannot go on, and put it into the queue again."""
        if number is None:
            return
        with quiet_optuna():
            self.study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
            trial = self._trial(number)
            if not takes_a_place(trial):
                put_back()(self.study, trial)

    def _was_taken_over(self, number: int | None) -> bool:
        return number is not None and not takes_a_place(self._trial(number))

    def _trial(self, number: int) -> FrozenTrial:
        trials = self.study.get_trials(deepcopy=False)
        return next(trial for trial in trials if trial.number == number)
