"""The search for a better recipe: trials of a study, scored by cross-validation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
import pandas as pd

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.terminal.progress import progress_bar
from denoising_autoencoder.tuning.fold_training import (
    FoldData,
    FoldScore,
    quiet_trainings,
    train_fold,
)
from denoising_autoencoder.tuning.loop import Loop
from denoising_autoencoder.tuning.objective import Objective
from denoising_autoencoder.tuning.pruning import make_pruner
from denoising_autoencoder.tuning.report import Report
from denoising_autoencoder.tuning.sampler import SamplerByPlace
from denoising_autoencoder.tuning.space import Space
from denoising_autoencoder.tuning.storage import (
    Place,
    close_study,
    open_study,
    quiet_optuna,
    storage_errors,
)
from denoising_autoencoder.tuning.study import study_name
from denoising_autoencoder.tuning.trainings import Stopped, threads_of_each
from denoising_autoencoder.tuning.trials import OWN, in_places, trials_table
from denoising_autoencoder.tuning.workers import (
    MappedFile,
    as_array,
    run_workers,
    without_copy,
)

Train = Callable[..., FoldScore]


@dataclass(frozen=True)
class Task:
    """All that a process needs for its part of a search; it can be pickled.

    Attributes:
        place: Where the study is.
        parameters: Parameters of the tuning.
        own: The lane's own recipe.
        images: Clean training images, or their file.
        folds: The fold that holds out each image.
        noise: Noise of the lane's inputs.
        noise_seed: Seed of the noise of held-out images.
        threads: Number of CPU threads; None for the recipe's own.
        deadline: Time (of `time.time`) after which no trial begins.
        train: `train_fold`, or what stands for it in tests.
    """

    place: Place
    parameters: TuningParameters
    own: LaneParameters
    images: npt.NDArray[Any] | MappedFile
    folds: npt.NDArray[np.int32]
    noise: Noise
    noise_seed: int
    threads: int | None
    deadline: float | None
    train: Train

    def open_study(self) -> optuna.Study:
        """Open the study; see `storage.open_study`."""
        return open_study(
            self.place,
            self.parameters.direction,
            make_pruner(self.parameters.pruner),
            SamplerByPlace(self.parameters.seed),
        )

    def loop(
        self, study: optuna.Study, stopped: Stopped, after: Callable[[], None]
    ) -> Loop:
        """What runs the trials."""
        data = FoldData(as_array(self.images), self.folds, self.noise, self.noise_seed)
        parameters = self.parameters
        space = Space.of(parameters.space, self.own, parameters.lane)
        objective = Objective(
            *(study, data, self.own, parameters, space, self.threads),
            stopped=stopped,
            train=self.train,
        )
        return Loop(study, objective, parameters.trials, self.deadline, after)


def search(
    data: FoldData,
    own: LaneParameters,
    parameters: TuningParameters,
    studies: Studies,
    train: Train = train_fold,
) -> pd.DataFrame:
    """Search for a better recipe, or resume a search that was begun.

    Args:
        data: Images and folds.
        own: The lane's own recipe, which is the first trial.
        parameters: Space, objective, number of trials and so on.
        studies: Place of the studies, unless `parameters.storage` names another.
        train: What trains and scores one fold.

    Returns:
        A row for each trial (`trials_table`).

    Raises:
        ParameterError: The space does not fit the lane or its images.
        ProjectError: The database cannot be used, or a process cannot go on.
    """
    refuse_what_does_not_fit(data, own, parameters)
    place = find_place(data, own, parameters, studies)
    workers = parameters.workers
    task = Task(
        *(place, parameters, own, data.images, data.folds),
        *(
            data.noise,
            data.noise_seed,
            threads_of_each(workers) if workers > 1 else None,
        ),
        deadline=parameters.seconds and time.time() + parameters.seconds,
        train=train,
    )
    study = task.open_study()
    with storage_errors(place), quiet_trainings():
        try:
            _begin_with(own, study, task)
            _run(study, task, studies)
            return trials_table(study.get_trials(deepcopy=False), parameters)
        finally:
            close_study(study)


def find_place(
    data: FoldData, own: LaneParameters, parameters: TuningParameters, studies: Studies
) -> Place:
    """Where the study of a search is.

    Args:
        data: Images and folds.
        own: The lane's own recipe.
        parameters: Space, objective, storage and so on.
        studies: Place of the studies, unless `parameters.storage` names another.
    """
    name = study_name(parameters, own, data)
    file = studies.path(name) if parameters.storage is None else None
    return Place(name, file, parameters.storage)


def _begin_with(own: LaneParameters, study: optuna.Study, task: Task) -> None:
    """Put the lane's own recipe into the queue, unless it has been."""
    trials = in_places(study.get_trials(deepcopy=False))
    if not any(OWN in trial.user_attrs for trial in trials):
        parameters = task.parameters
        space = Space.of(parameters.space, own, parameters.lane)
        with quiet_optuna():
            study.enqueue_trial(space.own_values(own), user_attrs={OWN: True})


def _run(study: optuna.Study, task: Task, studies: Studies) -> None:
    parameters = task.parameters
    label = f"tuning {parameters.lane}"
    with progress_bar(label, parameters.trials, time_left=False) as show:
        report = Report(parameters, lambda: study.get_trials(deepcopy=False), show)
        report.begin(task.place.describe())
        if parameters.workers == 1:
            task.loop(study, studies.is_stopping, report.update).run()
            return

        def tick() -> None:
            report.update()
            if studies.is_stopping():
                raise KeyboardInterrupt

        sent = replace(task, images=without_copy(task.images))
        run_workers(work, sent, parameters.workers, tick)
        report.update()


def work(task: Task) -> None:
    """Work on a study, in a process of its own."""
    study = task.open_study()
    with storage_errors(task.place), quiet_trainings():
        try:
            task.loop(study, bool, lambda: None).run()
        finally:
            close_study(study)


def refuse_what_does_not_fit(
    data: FoldData, own: LaneParameters, parameters: TuningParameters
) -> None:
    """Refuse values with which no training on these images could begin.

    Raises:
        ParameterError: A batch is larger than what a fold leaves for training, the
            images are too small for a network, or have other channels.
    """
    space = Space.of(parameters.space, own, parameters.lane)
    count = len(data.folds) - int(np.bincount(data.folds).max())
    height, width, channels = data.images.shape[1:]
    for recipe in space.extreme_recipes(own):
        options = check_options(recipe.network, recipe.options)
        if options.channels != channels:
            raise ParameterError(
                f"{parameters.lane}.options.channels is {options.channels}, but the "
                f"images have {channels}: set it to that."
            )
        if min(height, width) < options.smallest_side:
            raise ParameterError(
                f"tuning.space has networks that need {options.smallest_side} pixels a "
                f"side, but the images have {width}x{height}: choose fewer layers."
            )
        if recipe.batch_size > count:
            raise ParameterError(
                f"tuning.space has batches of {recipe.batch_size} images, but a fold "
                f"leaves only {count} for training: choose at most that number."
            )
