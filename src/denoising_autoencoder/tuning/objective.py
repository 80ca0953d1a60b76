"""One trial of a search: a recipe, trained and scored on each fold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna import Study, Trial

from denoising_autoencoder.errors import ParameterError, TrainingDivergedError
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.tuning.changes import apply_changes
from denoising_autoencoder.tuning.fold_training import FoldData, FoldScore, train_fold
from denoising_autoencoder.tuning.pruning import Reports
from denoising_autoencoder.tuning.seeds import TRAINING, seed_of
from denoising_autoencoder.tuning.space import Space
from denoising_autoencoder.tuning.trainings import Stopped
from denoising_autoencoder.tuning.trials import (
    OWN,
    REASON,
    STEPS,
    SURPLUS,
    fold_key,
    in_places,
    place_of,
    seconds_key,
)
from denoising_autoencoder.tuning.work import count_records, equal_work, with_steps


class NotCounted(Exception):  # noqa: N818
    """The study has all the trials that this run asks for, without this one."""


class Failed(Exception):  # noqa: N818
    """A trial counts as failed, and says why."""


@dataclass
class Objective:
    """Trains the recipe of a trial on all folds, and gives the mean of its scores.

    Attributes:
        study: Study of the trials.
        data: Images and folds.
        own: The lane's own recipe.
        parameters: Objective, steps, pruner and so on.
        space: The values to choose from.
        threads: Number of CPU threads; None for the recipe's own.
        stopped: Tells whether the run was asked to stop.
        train: `train_fold`, or what stands for it in tests.
    """

    study: Study
    data: FoldData
    own: LaneParameters
    parameters: TuningParameters
    space: Space
    threads: int | None
    stopped: Stopped = bool
    train: Callable[..., FoldScore] = train_fold

    def __call__(self, trial: Trial) -> float:
        """Score a trial.

        Returns:
            The mean over the folds.

        Raises:
            NotCounted: The study has all its trials without this one.
            Failed: The training diverges or needs too much memory, or the values do not
                go together.
            TrialPruned: The trial is ended early.
            KeyboardInterrupt: The run was asked to stop.
        """
        place = self._place(trial)
        try:
            recipe = self._recipe(self.space.suggest(trial))
            trial.set_user_attr(STEPS, recipe.steps)
            return float(np.mean(self._scores(trial, recipe, f"Trial {place}")))
        except Exception as error:
            reason = _reason(error)
            if reason is None:
                raise
            trial.set_user_attr(REASON, reason)
            raise Failed(reason) from error

    def _place(self, trial: Trial) -> int:
        trials = self.study.get_trials(deepcopy=False)
        (this,) = (other for other in trials if other.number == trial.number)
        places, place = in_places(trials), place_of(this, trials)
        begun = any(OWN in before.user_attrs for before in places[:place])
        again = this not in places or (OWN in this.user_attrs and begun)
        if again or place >= self.parameters.trials:
            # If it continues a trial of a longer run, that one is copied once more.
            trial.set_user_attr(SURPLUS, True)
            raise NotCounted
        return place

    def _recipe(self, changes: dict[str, Any]) -> LaneParameters:
        """The recipe of a trial, with its steps and threads.

        Raises:
            ParameterError: The values do not go together.
        """
        own, steps = self.own, self.parameters.steps
        changed = apply_changes(own, changes)
        if self.parameters.equal_work:
            height, width, channels = self.data.images.shape[1:]
            recipe = equal_work(own, changed, steps, (height, width, channels))
        else:
            recipe = with_steps(own, changed, steps, steps)
        threads = own.threads if self.threads is None else self.threads
        return recipe.model_copy(update={"threads": threads})

    def _scores(self, trial: Trial, recipe: LaneParameters, label: str) -> list[float]:
        scores: list[float] = []
        parameters = self.parameters
        records = count_records(self.own, parameters.steps)
        may_end = OWN not in trial.user_attrs
        reports = Reports(
            trial, parameters.pruner, parameters.objective, records, may_end
        )
        for fold in range(parameters.folds):
            key = fold_key(fold)
            if key not in trial.user_attrs:
                name = f"{label}, fold {fold} of {parameters.folds}"
                self._train(trial, fold, recipe, name, reports)
            elif fold == 0:
                reports.restore_records()
            scores.append(trial.user_attrs[key])
            reports.after_fold(scores)
            if fold < parameters.folds - 1:
                reports.end_if_bad(scores)
        return scores

    def _train(
        self,
        trial: Trial,
        fold: int,
        recipe: LaneParameters,
        label: str,
        reports: Reports,
    ) -> None:
        """Train on one fold, and keep its score in the trial."""

        def on_record(step: int, mse: float) -> None:
            if self.stopped():
                raise KeyboardInterrupt
            if fold == 0:
                reports.within_first_fold(step / recipe.steps, mse)

        # The same for all trials, so that they are compared fold by fold.
        update = {"seed": seed_of(self.parameters.seed, TRAINING, fold)}
        if fold > 0 or self.parameters.pruner != "median":  # nobody asks for records
            update["validation_interval"] = recipe.steps
        begun = time.perf_counter()
        recipe = recipe.model_copy(update=update)
        score = self.train(self.data, fold, recipe, label, on_record)
        if fold == 0:
            reports.keep_records()
        trial.set_user_attr(seconds_key(fold), time.perf_counter() - begun)
        # Last, since it says that the fold is finished.
        trial.set_user_attr(fold_key(fold), getattr(score, self.parameters.objective))


def _reason(error: Exception) -> str | None:
    """Why a trial counts as failed; None if the error is not the recipe's."""
    if isinstance(error, TrainingDivergedError | ParameterError):
        return str(error)
    # PyTorch has a class of its own for CUDA's memory only.
    of_torch = isinstance(error, RuntimeError) and "allocate" in str(error)
    if isinstance(error, MemoryError) or (of_torch and "memory" in str(error)):
        return "memory has run out"
    return None
