"""Trainings of no time, for the tests of the search, and what runs them."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from denoising_autoencoder.errors import ProjectError, TrainingDivergedError
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.tuning import loop, storage
from denoising_autoencoder.tuning.fold_training import FoldData, FoldScore
from denoising_autoencoder.tuning.folds import make_folds

DIVERGES_ABOVE = 0.08


def some_data() -> FoldData:
    images = np.zeros((60, 8, 8, 3), dtype=np.float16)
    noise = Gaussian(kind="gaussian", std=0.2, clamp=True)
    return FoldData(images, make_folds(np.arange(60), 3, seed=0), noise, noise_seed=0)


def stub(
    data: FoldData,
    fold: int,
    recipe: LaneParameters,
    label: str,
    on_record: Callable[[int, float], None],
) -> FoldScore:
    """Is best at the learning rate 0.01, and diverges at high ones."""
    if recipe.learning_rate > DIVERGES_ABOVE:
        raise TrainingDivergedError(f"{label}: the loss became nan")
    psnr = 24 - math.log10(recipe.learning_rate / 0.01) ** 2 + 0.1 * fold
    for step in range(0, recipe.steps + 1, recipe.validation_interval):
        on_record(step, 4 / 10 ** (psnr / 10) * (2 - step / recipe.steps))
    return FoldScore(psnr + recipe.seed % 7 / 1000, 4 / 10 ** (psnr / 10))


class Interrupting:
    """Trains as the stub does, but the n-th training is interrupted."""

    def __init__(self, number: int, error: BaseException) -> None:
        self.left, self.error, self.folds = number, error, []

    def __call__(self, data, fold, recipe, label, on_record):
        self.left -= 1
        if self.left == 0:
            raise self.error
        self.folds.append(label)
        return stub(data, fold, recipe, label, on_record)


class Impatient:
    """Trains as a stub does, and makes each process that it is sent to impatient.

    Args:
        train: The stub.
        patch: Makes this process impatient, until its test ends.
    """

    def __init__(
        self, train: Callable[..., FoldScore], patch: pytest.MonkeyPatch
    ) -> None:
        self.train = train
        _hurry(patch)

    def __call__(self, *arguments: Any) -> FoldScore:
        return self.train(*arguments)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.train = state["train"]
        _hurry(pytest.MonkeyPatch())


def _hurry(patch: pytest.MonkeyPatch) -> None:
    """Take a process that is silent for four seconds, not twenty, for dead."""
    patch.setattr(storage, "HEARTBEAT", 1)
    for module in (storage, loop):
        patch.setattr(module, "GRACE", 4)


def slow_stub(
    data: FoldData,
    fold: int,
    recipe: LaneParameters,
    label: str,
    on_record: Callable[[int, float], None],
) -> FoldScore:
    """The same in a tenth of a second."""
    time.sleep(0.1)
    return stub(data, fold, recipe, label, on_record)


def dying_stub(
    data: FoldData,
    fold: int,
    recipe: LaneParameters,
    label: str,
    on_record: Callable[[int, float], None],
) -> FoldScore:
    """The same, but the fourth trial's last fold kills its process, once."""
    time.sleep(0.05)
    flag = Path(os.environ["KILLED"])
    if label.startswith("Trial 3, fold 2") and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return stub(data, fold, recipe, label, on_record)


def refusing(reason: str | int) -> None:
    """The work of a worker that refuses, or that dies with an exit code."""
    if isinstance(reason, int):
        os._exit(reason)
    raise ProjectError(reason)


def raising_deep_down(causes: int) -> None:
    """The work of a worker whose error has a long chain of causes."""
    error = RuntimeError("x" * 1000)
    for _ in range(causes):
        try:
            raise RuntimeError("x" * 1000) from error
        except RuntimeError as raised:
            error = raised
    raise RuntimeError("deep down") from error
