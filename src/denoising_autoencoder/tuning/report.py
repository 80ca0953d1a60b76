"""What a search says while it runs: a line for each trial that has ended."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.terminal.duration import about, precisely
from denoising_autoencoder.terminal.progress import Update
from denoising_autoencoder.tuning.trials import (
    OWN,
    REASON,
    counted,
    finished_folds,
    in_places,
    scores_of,
    seconds_of,
)

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

logger = logging.getLogger(__name__)


@dataclass
class Report:
    """Tells of each trial once, whichever process it ran in.

    Attributes:
        parameters: Parameters of the tuning.
        read: Function that gives the trials of the study.
        show: Function that shows on the progress bar how many are done.
    """

    parameters: TuningParameters
    read: Callable[[], list[FrozenTrial]]
    show: Update
    _told: set[int] = field(default_factory=set, init=False)

    def begin(self, name: str) -> None:
        """Tell how many trials an earlier run has left."""
        trials = self.read()
        done = counted(trials, self.parameters.trials)
        self._told = {trial.number for trial in done}
        begun = in_places(trials)[: self.parameters.trials]
        folds = sum(finished_folds(t) for t in begun if t.number not in self._told)
        logger.info(
            "Study %s: %d of %d trials are there%s",
            *(name, len(done), self.parameters.trials),
            f", and {folds} folds of others" if folds else "",
        )
        self._show(done)

    def update(self) -> None:
        """Tell of the trials that have ended since the last time."""
        trials = self.read()
        done = counted(trials, self.parameters.trials)
        new = [trial for trial in done if trial.number not in self._told]
        if not new:
            return
        places = {trial.number: place for place, trial in enumerate(in_places(trials))}
        best = self._best(done)
        for trial in new:
            self._told.add(trial.number)
            logger.info(
                "Trial %d (%d of %d done): %s, %s; %s",
                *(places[trial.number], len(self._told), self.parameters.trials),
                self._result(trial),
                precisely(_seconds(trial, self.parameters.folds)),
                ", ".join(f"{name} {_short(v)}" for name, v in trial.params.items()),
            )
            self._tell_time_left(trial, len(done))
        if best is not None and any(trial is best for trial in new):
            logger.info(
                "Best: trial %d, %s", places[best.number], self._score(best.value)
            )
        self._show(done)

    def _show(self, done: Sequence[FrozenTrial]) -> None:
        best = self._best(done)
        text = f"{len(done)}/{self.parameters.trials}"
        if best is not None:
            text += f" best {self._score(best.value)}"
        self.show(len(done), text)

    def _best(self, done: Sequence[FrozenTrial]) -> FrozenTrial | None:
        complete = [trial for trial in done if trial.state.name == "COMPLETE"]
        sign = -1 if self.parameters.objective == "psnr" else 1
        return min(
            complete, key=lambda trial: sign * (trial.value or 0.0), default=None
        )

    def _result(self, trial: FrozenTrial) -> str:
        if trial.state.name == "COMPLETE":
            return self._score(trial.value)
        if trial.state.name == "PRUNED":
            scores = scores_of(trial, self.parameters.folds)
            finished = sum(not math.isnan(score) for score in scores)
            return f"pruned after {finished} of {self.parameters.folds} folds"
        return f"failed ({trial.user_attrs[REASON]})"

    def _score(self, score: float | None) -> str:
        unit = "{:.2f} dB" if self.parameters.objective == "psnr" else "MSE {:.5f}"
        return unit.format(score)

    def _tell_time_left(self, trial: FrozenTrial, done: int) -> None:
        """Tell how long the rest takes, from the lane's own recipe."""
        left = self.parameters.trials - done
        if OWN in trial.user_attrs and left > 0:
            seconds = seconds_of(trial, self.parameters.folds)
            logger.info(
                "%d more trials: %s, less where some are pruned",
                left,
                about(seconds * left / self.parameters.workers),
            )


def _seconds(trial: FrozenTrial, folds: int) -> float:
    """Seconds of the finished folds, or of a trial that ended within the first one."""
    ended_early = trial.duration.total_seconds() if trial.duration else 0.0
    return max(seconds_of(trial, folds) or ended_early, 1e-3)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
