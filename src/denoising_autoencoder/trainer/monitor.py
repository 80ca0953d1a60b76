"""Watching a training: its history, its progress bar, and whether it is still sane."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.terminal.progress import Update
from denoising_autoencoder.trainer.schedule import learning_rate_factor

logger = logging.getLogger(__name__)

REFRESH = 20
"""Steps between two looks at the loss: each look waits for the device."""

COLUMNS = (
    *("step", "epoch", "images_seen", "split"),
    *("mse", "learning_rate", "seconds"),
)

WORST = 4.0
"""The MSE of black and white, the worst of any two images in [-1, 1]. A training whose
mean loss over `REFRESH` steps is above it does worse than any image would: it
explodes."""


class Monitor:
    """Collects the losses of a training.

    Args:
        label: Names the training in the log, the progress bar and errors.
        recipe: Gives the batch size and the interval of the records.
        steps: Of the whole training.
        images_per_epoch: Images of the training set.
        validate: Gives the present MSE of the validation set.
        progress: Shows the losses and the speed on the progress bar.
    """

    def __init__(
        self,
        label: str,
        recipe: TrainingParameters,
        steps: int,
        images_per_epoch: int,
        validate: Callable[[], float],
        progress: Update,
    ) -> None:
        self._label = label
        self._recipe = recipe
        self._steps = steps
        self._images_per_epoch = images_per_epoch
        self._validate = validate
        self._progress = progress
        self._losses: list[torch.Tensor] = []
        self._rows: list[dict[str, Any]] = []
        self._start = time.perf_counter()

    def before_update(self, step: int, loss: torch.Tensor, rate: float) -> None:
        """Take note of a batch's loss; the first one is a record of its own."""
        self._losses.append(loss.detach())
        if step == 0:
            self._record(0, rate)

    def after_update(self, done: int, rate: float) -> None:
        """Refresh the progress bar and add a record, each at its interval.

        Raises:
            TrainingDivergedError: The loss is not finite, or its mean over the last
                `REFRESH` steps is above `WORST`.
        """
        due = done % self._recipe.validation_interval == 0 or done == self._steps
        if due:
            self._record(done, rate)
        if due or done % REFRESH == 0:
            self._show(done, self._mean_loss(done))
        if due:
            self._losses.clear()

    def history(self) -> pd.DataFrame:
        """The records in order, two rows each, one a split.

        Returns:
            Columns step, epoch, images_seen, split ("training": the mean of the batches
            since the last record; "validation": the whole set at that step), mse (on
            the [-1, 1] scale), learning_rate, seconds (since the start).
        """
        return pd.DataFrame(self._rows, columns=list(COLUMNS))

    def capture(self) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """All that `restore` needs: the losses since the last record, and the rest."""
        losses = [loss.cpu() for loss in self._losses]
        rest = {"rows": self._rows, "seconds": self._seconds()}
        return torch.stack(losses or [torch.empty(0)]).ravel().numpy(), rest

    def restore(
        self,
        losses: npt.NDArray[np.float32],
        rest: dict[str, Any],
        device: torch.device,
    ) -> None:
        """Go on from what `capture` gave; the seconds in between do not count.

        Args:
            losses: As `capture` gave them.
            rest: As `capture` gave it.
            device: Where the losses to come will be.
        """
        self._losses = list(torch.from_numpy(losses).to(device))
        self._rows = list(rest["rows"])
        self._start = time.perf_counter() - rest["seconds"]

    def _seconds(self) -> float:
        return time.perf_counter() - self._start

    def _show(self, done: int, loss: float) -> None:
        validation = self._rows[-1]["mse"]
        speed = done * self._recipe.batch_size / self._seconds()
        self._progress(
            done,
            f"{done}/{self._steps} loss {loss:.4f} validation {validation:.4f} "
            f"{speed:,.0f} images/s",
        )

    def _mean_loss(self, done: int) -> float:
        losses = torch.stack(self._losses).cpu()
        bad = ~losses.isfinite()
        exploded = done >= REFRESH and losses[-REFRESH:].mean() > WORST
        if exploded and not bad.any():
            bad = losses > WORST
        if bad.any():
            first = int(bad.nonzero()[0])
            raise self._diverged(float(losses[first]), done - len(losses) + first)
        return float(losses.mean())

    def _diverged(self, loss: float, step: int) -> TrainingDivergedError:
        recipe = self._recipe
        update = min(step, self._steps - 1)
        factor = learning_rate_factor(recipe.schedule, update, self._steps)
        return TrainingDivergedError(
            f"{self._label}: the loss became {loss:.3g} at step {step} of "
            f"{self._steps}, at learning rate {recipe.learning_rate * factor:.3g}: "
            "lower its learning_rate and train again"
        )

    def _record(self, done: int, rate: float) -> None:
        training = self._mean_loss(max(done, 1))
        validation = self._validate()
        if not math.isfinite(validation):
            raise self._diverged(validation, done)
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
