"""When a trial is ended early, and what it has to report for that."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import numpy as np
from optuna import Study, Trial, TrialPruned
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, NopPruner, WilcoxonPruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from denoising_autoencoder.tuning.trials import RECORDS

_STARTUP = 5
"""Complete trials before the first one is ended early."""

_WHITE_TO_BLACK = 4.0
"""The square of the largest difference of two values in [-1, 1]."""


class MedianPruner(BasePruner):
    """Ends a trial whose last value is worse than the median of the complete trials.

    Optuna's own compares a trial's best value so far. Folds are not equally hard, so a
    trial would live on its easiest fold.
    """

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether to end a trial: compares its last value with others at that step."""
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        step = trial.last_step
        others = [
            other.intermediate_values[step]
            for other in complete
            if step in other.intermediate_values
        ]
        if step is None or len(complete) < _STARTUP or not others:
            return False
        gain = trial.intermediate_values[step] - float(np.median(others))
        return gain < 0 if study.direction == StudyDirection.MAXIMIZE else gain > 0


_PRUNERS: dict[str, type[BasePruner]] = {
    "median": MedianPruner,
    "wilcoxon": WilcoxonPruner,
    "none": NopPruner,
}


def make_pruner(name: str) -> BasePruner:
    """The pruner that a parameter names.

    Args:
        name: "median": compares with the median of all complete trials, from the sixth
            trial on; "wilcoxon": compares the folds with those of the best trial, by
            Wilcoxon's signed-rank test; or "none".
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return _PRUNERS[name]()


@dataclass
class Reports:
    """What one trial reports, and whether it is ended.

    Its scores lie on one axis of whole numbers. For `median` the records of the first
    fold come first, then the mean over the folds after each; the records of later folds
    could not be compared with these means. For `wilcoxon` it is the number of the fold.

    Attributes:
        trial: Trial of Optuna.
        pruner: "median", "wilcoxon" or "none".
        objective: "psnr" or "mse".
        records: Number of records of a training by the lane's own recipe.
        may_end: Whether the trial may be ended early; the lane's own recipe may not.
    """

    trial: Trial
    pruner: str
    objective: str
    records: int
    may_end: bool
    _within: list[tuple[int, float]] = field(default_factory=list, init=False)

    def within_first_fold(self, part: float, mse: float) -> None:
        """Report a record of the first fold.

        Args:
            part: Part of the training that is done, above 0 and below 1.
            mse: MSE of the held-out images.

        Raises:
            TrialPruned: The trial is ended.
        """
        position = round(part * self.records)
        last = self._within[-1][0] if self._within else 0
        if self.pruner != "median" or not last < position < self.records:
            return
        value = _psnr_of(mse) if self.objective == "psnr" else mse
        self._within.append((position, value))
        self.trial.report(value, position)
        self._end_if_bad("within the first fold")

    def keep_records(self) -> None:
        """Keep the records for a trial that takes this one's place, with its scores."""
        self.trial.set_user_attr(RECORDS, self._within)

    def restore_records(self) -> None:
        """Report again the records that were kept."""
        for position, value in self.trial.user_attrs.get(RECORDS, []):
            self.trial.report(value, position)

    def after_fold(self, scores: list[float]) -> None:
        """Report the scores of the folds so far.

        Raises:
            TrialPruned: The trial is ended.
        """
        if self.pruner == "median":
            self.trial.report(float(np.mean(scores)), self.records * len(scores))
        elif self.pruner == "wilcoxon":
            self.trial.report(scores[-1], len(scores) - 1)

    def end_if_bad(self, scores: list[float]) -> None:
        """End the trial if its scores so far are bad.

        Raises:
            TrialPruned: The trial is ended.
        """
        self._end_if_bad(f"after fold {len(scores) - 1}")

    def _end_if_bad(self, when: str) -> None:
        if self.may_end and self.trial.should_prune():
            raise TrialPruned(when)


def _psnr_of(mse: float) -> float:
    """The PSNR of a mean squared error on the [-1, 1] scale, in dB."""
    return 10 * math.log10(_WHITE_TO_BLACK / mse)
