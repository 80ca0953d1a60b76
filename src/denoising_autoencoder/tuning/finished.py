"""Trainings of a confirmation that are done, kept in the database of the study."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterator
from contextlib import contextmanager

import optuna

from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.tuning.pruning import make_pruner
from denoising_autoencoder.tuning.sampler import SamplerByPlace
from denoising_autoencoder.tuning.storage import (
    Place,
    close_study,
    open_study,
    storage_errors,
)


class _Kept(UserDict[str, list[float]]):
    """Scores by key; a new one is written at once."""

    def __init__(self, study: optuna.Study, place: Place) -> None:
        super().__init__()
        self._study, self._place = study, place
        with storage_errors(place):
            self.data.update(study.user_attrs)

    def __setitem__(self, key: str, scores: list[float]) -> None:
        with storage_errors(self._place):
            self._study.set_user_attr(key, scores)
        self.data[key] = scores


@contextmanager
def finished_trainings(place: Place, parameters: TuningParameters) -> Iterator[_Kept]:
    """The trainings that are done, so that an interrupted confirmation loses none.

    Args:
        place: Place of the study.
        parameters: Parameters of the tuning.

    Yields:
        Scores by the key of their training; what is added is kept.

    Raises:
        ProjectError: The database cannot be used.
    """
    study = open_study(
        place,
        parameters.direction,
        make_pruner(parameters.pruner),
        SamplerByPlace(parameters.seed),
    )
    try:
        yield _Kept(study, place)
    finally:
        close_study(study)
