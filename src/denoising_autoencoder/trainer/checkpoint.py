"""The whole state of a training, saved at an interval and taken up again.

A training that goes on from a checkpoint ends in the same bits as one that was never
interrupted: weights, optimizer, the generator of the noise and the history are
restored, and the order of the batches follows from the step.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.monitor import REFRESH, Monitor
from denoising_autoencoder.trainer.optimizer import Moments, Optimizer

logger = logging.getLogger(__name__)

Arrays = dict[str, npt.NDArray[Any]]


class CheckpointStore(Protocol):
    """Where checkpoints are kept, by a key that is a hash."""

    def is_empty(self) -> bool:
        """Whether there is none, of any training."""

    def load(self, key: str) -> tuple[Arrays, dict[str, Any]] | None:
        """Read a checkpoint, if it is there: arrays, and what JSON can hold."""

    def save(self, key: str, arrays: Arrays, state: dict[str, Any]) -> str:
        """Replace a checkpoint, whole or not at all, and say where it is."""

    def is_stopping(self) -> bool:
        """Whether trainings are to end, since their run was interrupted."""


@dataclass(frozen=True)
class Trainee:
    """All that a step of training changes, besides the history.

    Attributes:
        network: On its device.
        optimizer: Over the network's parameters.
        generator: Of the training noise.
    """

    network: nn.Module
    optimizer: Optimizer
    generator: torch.Generator

    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    def is_finite(self) -> bool:
        """Whether the network holds numbers alone."""
        return all(bool(v.isfinite().all()) for v in self.network.state_dict().values())

    def capture(self) -> Arrays:
        """Everything as arrays."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        for index, moments in enumerate(self.optimizer.moments):
            tensors |= {f"optimizer.{index}.{k}": v for k, v in moments.items()}
        tensors["generator"] = self.generator.get_state()
        return {name: value.cpu().numpy() for name, value in tensors.items()}

    def restore(self, arrays: Arrays) -> None:
        """Put everything back as it was captured."""
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        self.generator.set_state(tensors.pop("generator"))
        weights: dict[str, torch.Tensor] = {}
        moments: list[Moments] = [{} for _ in self.optimizer.moments]
        for name, value in tensors.items():
            kind, rest = name.split(".", 1)
            if kind == "network":
                weights[rest] = value
            else:
                number, key = rest.split(".", 1)
                moments[int(number)][key] = value
        self.network.load_state_dict(weights)
        self.optimizer.restore(moments)


class Checkpointer:
    """Saves a training at an interval, and finds where it was left.

    A training that takes less than the interval writes nothing; its data are hashed
    only if there are checkpoints.

    Args:
        store: Where checkpoints are kept; without one nothing is saved.
        trainee: Before its first step.
        monitor: Of the same training.
        data: What it is trained on.
        recipe: How it is trained; `checkpoint_seconds` is the interval.
    """

    def __init__(
        self,
        store: CheckpointStore | None,
        trainee: Trainee,
        monitor: Monitor,
        data: TrainingData,
        recipe: TrainingParameters,
    ) -> None:
        self._store = store
        self._trainee = trainee
        self._monitor = monitor
        self._data = data
        self._interval = recipe.checkpoint_seconds
        self._start = _digest(trainee, recipe)
        self._key: str | None = None
        self._in_use = False
        self._saved = time.perf_counter()
        self._newest = "there is no checkpoint yet"

    def resume(self) -> int:
        """Restore this very training's checkpoint, if there is one.

        Returns:
            The steps that are done already.
        """
        if self._store is None or self._store.is_empty():
            return 0
        found = self._store.load(self._training_key())
        if found is None:
            return 0
        self._in_use = True
        arrays, state = found
        device = self._trainee.device()
        self._monitor.restore(arrays.pop("losses"), state["monitor"], device)
        self._trainee.restore(arrays)
        self._newest = f"the last good checkpoint is of step {state['step']}"
        return int(state["step"])

    def after_update(self, done: int) -> None:
        """Save a checkpoint after `done` steps, if the last one is old enough.

        Raises:
            KeyboardInterrupt: The run was interrupted, and this training goes on in a
                thread that no signal reaches.
        """
        if self._store is None or done % REFRESH:
            return
        if self._store.is_stopping():
            self._save(self._store, done)
            raise KeyboardInterrupt
        if time.perf_counter() - self._saved >= self._interval:
            self._save(self._store, done)

    def finish(self, done: int) -> None:
        """Save the end of a training that was long enough to have been saved before.

        Should its model not be saved, because the disk is full, it is not lost.
        """
        if self._store is not None and self._in_use:
            self._save(self._store, done)

    def newest(self) -> str:
        """What there is to go back to, in words."""
        return self._newest

    def _save(self, store: CheckpointStore, done: int) -> None:
        if not self._trainee.is_finite():
            return  # the next look at the loss ends the training
        losses, history = self._monitor.capture()
        arrays = {**self._trainee.capture(), "losses": losses}
        state = {"step": done, "monitor": history}
        place = store.save(self._training_key(), arrays, state)
        self._in_use = True
        self._newest = f"the last good checkpoint is of step {done}, {place}"
        self._saved = time.perf_counter()

    def _training_key(self) -> str:
        if self._key is None:
            digest = hashlib.sha256(f"{self._start}{self._data.sha256()}".encode())
            self._key = digest.hexdigest()
        return self._key


def _digest(trainee: Trainee, recipe: TrainingParameters) -> str:
    """A hash of all that a training starts from, but its data."""
    fields = recipe.model_dump_json(exclude=set(recipe.without_effect))
    digest = hashlib.sha256(fields.encode())
    digest.update(f"{torch.__version__} {np.__version__} {trainee.device()}".encode())
    # The package's own code: after a change of it a checkpoint would end in weights
    # that neither the old nor the new code gives.
    for module in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(module.read_bytes())
    for name, array in trainee.capture().items():
        digest.update(f"{name}{array.dtype}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
