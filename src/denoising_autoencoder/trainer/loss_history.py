"""The loss history of a training, which also notices that a training diverges."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from pydantic import NonNegativeFloat, NonNegativeInt

from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.terminal.progress import Update
from denoising_autoencoder.validation import Block

logger = logging.getLogger(__name__)

REFRESH = 20
"""Steps between two looks at the loss. Each look waits for the device."""

COLUMNS = (
    *("step", "epoch", "images_seen", "split"),
    *("mse", "learning_rate", "seconds"),
)

WORST = 4.0
"""The MSE of black and white, the largest of any two images in [-1, 1]. If the mean
loss of `REFRESH` steps is larger, the training diverges."""


OnRecord = Callable[[int, float], None]
"""Is told the number of steps and the validation MSE of a record."""


class _Row(Block):
    """A record as a checkpoint holds it; see `LossHistory.table`."""

    step: NonNegativeInt
    epoch: NonNegativeFloat
    images_seen: NonNegativeInt
    split: Literal["training", "validation"]
    mse: NonNegativeFloat
    learning_rate: NonNegativeFloat
    seconds: NonNegativeFloat


class SavedHistory(Block):
    """A loss history as a checkpoint holds it, but the losses since the last record.

    Attributes:
        rows: The records, in order.
        seconds: Seconds of training.
    """

    rows: list[_Row]
    seconds: NonNegativeFloat


@dataclass
class LossHistory:
    """Collects the losses of a training.

    Attributes:
        label: Name of the training in the log and in errors.
        steps: Number of steps of the whole training.
        batch_size: Number of images in a batch.
        images_per_epoch: Number of training images.
        interval: Steps between two records.
        rate_at: Function that returns the learning rate of a step.
        validate: Function that returns the MSE of the validation set.
        show: Function that shows the losses and the speed on the progress bar.
        on_record: Function that is told of each record; None if nobody asks.
    """

    label: str
    steps: int
    batch_size: int
    images_per_epoch: int
    interval: int
    rate_at: Callable[[int], float]
    validate: Callable[[], float]
    show: Update
    on_record: OnRecord | None = None
    _losses: list[torch.Tensor] = field(default_factory=list, init=False)
    _rows: list[dict[str, Any]] = field(default_factory=list, init=False)
    _start: float = field(default_factory=lambda: time.perf_counter(), init=False)

    def before_update(self, step: int, loss: torch.Tensor) -> None:
        """Note the loss of a batch. The first one is recorded, at step 0."""
        self._losses.append(loss.detach())
        if step == 0:
            self._record(0)

    def after_update(self, done: int) -> None:
        """Refresh the display and add a record, each at its interval.

        Args:
            done: Number of steps that are done.

        Raises:
            TrainingDivergedError: The loss is not finite, or its mean over the last
                `REFRESH` steps is above `WORST`.
        """
        due = done % self.interval == 0 or done == self.steps
        if due:
            self._record(done)
        if due or done % REFRESH == 0:
            self._show(done)
        if due:
            self._losses.clear()

    def table(self) -> pd.DataFrame:
        """The records in order, with a row for each split.

        Returns:
            Columns step, epoch, images_seen, split ("training": mean of the batches
            since the last record; "validation": the whole set at that step), mse (on
            the [-1, 1] scale), learning_rate, seconds (since the start).
        """
        return pd.DataFrame(self._rows, columns=list(COLUMNS))

    def capture(self) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """The losses since the last record, and the rest as JSON can hold it."""
        losses = [loss.cpu() for loss in self._losses]
        rest = {"rows": self._rows, "seconds": self._seconds()}
        return torch.stack(losses or [torch.empty(0)]).ravel().numpy(), rest

    def restore(
        self,
        losses: npt.NDArray[np.float32],
        rest: SavedHistory,
        done: int,
        device: torch.device,
    ) -> None:
        """Continue from what `capture` returned. The time in between does not count.

        Args:
            losses: Losses since the last record.
            rest: The other part of `capture`'s result.
            done: Number of steps that are done.
            device: Device of the losses to come.

        Raises:
            ValueError: This is not the history of so many steps.
        """
        recorded = [0, *range(self.interval, done + 1, self.interval)]
        if done == self.steps != recorded[-1]:
            recorded.append(done)
        records = [(row.step, row.split) for row in rest.rows]
        if records != list(product(recorded, ("training", "validation"))):
            raise ValueError(f"the records are not those of {done} steps")
        if losses.shape != (done - recorded[-1],) or losses.dtype != np.float32:
            raise ValueError(f"the losses are not those up to step {done}")
        if not np.isfinite(losses).all():
            raise ValueError("a loss is not finite")
        self._losses = list(torch.from_numpy(losses).to(device))
        self._rows = [row.model_dump() for row in rest.rows]
        self._start = time.perf_counter() - rest.seconds

    def _seconds(self) -> float:
        return time.perf_counter() - self._start

    def _show(self, done: int) -> None:
        loss, validation = self._mean_loss(done), self._rows[-1]["mse"]
        speed = done * self.batch_size / self._seconds()
        self.show(
            done,
            f"{done}/{self.steps} loss {loss:.4f} validation {validation:.4f} "
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
        rate = self.rate_at(min(step, self.steps - 1))
        return TrainingDivergedError(
            f"{self.label}: the loss became {loss:.3g} at step {step} of {self.steps}, "
            f"at learning rate {rate:.3g}: lower its learning_rate and train again"
        )

    def _record(self, done: int) -> None:
        training = self._mean_loss(max(done, 1))
        validation = self.validate()
        if not math.isfinite(validation):
            raise self._diverged(validation, done)
        images = done * self.batch_size
        common = {
            "step": done,
            "epoch": images / self.images_per_epoch,
            "images_seen": images,
            "learning_rate": self.rate_at(max(done - 1, 0)),
            "seconds": round(self._seconds(), 3),
        }
        for split, mse in (("training", training), ("validation", validation)):
            self._rows.append({**common, "split": split, "mse": mse})
        if self.on_record is not None:
            self.on_record(done, validation)
        if done == 0:
            logger.info(
                "%s start: training MSE %.3f, validation MSE %.3f",
                self.label,
                training,
                validation,
            )
        elif done == self.steps:
            logger.info(
                "%s end:   training MSE %.4f, validation MSE %.4f (%.1f s)",
                self.label,
                training,
                validation,
                self._seconds(),
            )
