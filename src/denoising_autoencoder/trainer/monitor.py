"""Watching a training: its history, its progress bar, and whether it is still sane."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

import pandas as pd
import torch

from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.parameters import TrainingParameters
from denoising_autoencoder.trainer.progress import TrainingProgress

logger = logging.getLogger(__name__)

REFRESH = 20
"""Steps between two looks at the loss: each look waits for the device."""


class Monitor:
    """Collects the losses of a training.

    Args:
        label: Names the training in the log, the progress bar and errors.
        recipe: Gives the batch size and the interval of the records.
        steps: Of the whole training.
        images_per_epoch: Images of the training set.
        validate: Gives the present MSE of the validation set.
        progress: Shows the losses as they come.
    """

    def __init__(
        self,
        label: str,
        recipe: TrainingParameters,
        steps: int,
        images_per_epoch: int,
        validate: Callable[[], float],
        progress: TrainingProgress,
    ) -> None:
        self._label = label
        self._recipe = recipe
        self._steps = steps
        self._images_per_epoch = images_per_epoch
        self._validate = validate
        self._progress = progress
        self._losses: list[torch.Tensor] = []
        self._rows: list[dict[str, object]] = []
        self._start = time.perf_counter()

    def before_update(self, step: int, loss: torch.Tensor, rate: float) -> None:
        """Take note of a batch's loss; the first one is a record of its own."""
        self._losses.append(loss.detach())
        if step == 0:
            self._record(0, rate)

    def after_update(self, done: int, rate: float) -> None:
        """Refresh the progress bar and add a record, each at its interval.

        Raises:
            TrainingDivergedError: The loss is not finite.
        """
        due = done % self._recipe.validation_interval == 0 or done == self._steps
        if due or done % REFRESH == 0:
            loss = self._mean_loss(done, rate)
            images = done * self._recipe.batch_size
            self._progress.advance(done, loss, images / self._seconds())
        if due:
            self._record(done, rate)
            self._losses.clear()

    def history(self) -> pd.DataFrame:
        """The records in order, two rows each, one a split.

        Returns:
            Columns step, epoch, images_seen, split ("training": the mean of the batches
            since the last record; "validation": the whole set at that step), mse (on
            the [-1, 1] scale), learning_rate, seconds (since the start).
        """
        return pd.DataFrame(self._rows)

    def _seconds(self) -> float:
        return time.perf_counter() - self._start

    def _mean_loss(self, done: int, rate: float) -> float:
        return self._finite(float(torch.stack(self._losses).mean()), done, rate)

    def _finite(self, loss: float, done: int, rate: float) -> float:
        if not math.isfinite(loss):
            raise TrainingDivergedError(
                f"{self._label}: the loss became {loss} within the last {REFRESH} of "
                f"{done} steps at learning rate {rate:.3g}: "
                "lower its learning_rate and train again."
            )
        return loss

    def _record(self, done: int, rate: float) -> None:
        training = self._mean_loss(done, rate)
        validation = self._finite(self._validate(), done, rate)
        self._progress.validated(validation)
        images = done * self._recipe.batch_size
        common = {
            "step": done,
            "epoch": images / self._images_per_epoch,
            "images_seen": images,
        }
        last = {"learning_rate": rate, "seconds": round(self._seconds(), 3)}
        for split, mse in (("training", training), ("validation", validation)):
            self._rows.append({**common, "split": split, "mse": mse, **last})
        if done == 0:
            logger.info(
                "%s start: training MSE %.3f, validation MSE %.3f",
                self._label,
                training,
                validation,
            )
        elif done == self._steps:
            logger.info(
                "%s end:   training MSE %.4f, validation MSE %.4f (%.1f s)",
                self._label,
                training,
                validation,
                self._seconds(),
            )
