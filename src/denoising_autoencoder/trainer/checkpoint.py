"""Checkpoints: the whole state of a training, from which it can be resumed.

A resumed training ends in the same bits as one that was never interrupted. The weights,
the optimizer, the generator of the noise and the history are restored, and the order of
the batches follows from the step.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from typing import Any, Protocol

from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.ingredients import (
    explain_difference,
    find_ingredients,
)
from denoising_autoencoder.trainer.loss_history import REFRESH, LossHistory
from denoising_autoencoder.trainer.state import Arrays, TrainingState

logger = logging.getLogger(__name__)


class CheckpointStore(Protocol):
    """A place for checkpoints; the key of each is a hash."""

    def is_empty(self) -> bool:
        """Whether there is no checkpoint, of any training."""

    def load(self, key: str) -> tuple[Arrays, dict[str, Any]] | None:
        """Read a checkpoint if there is one: its arrays, and the rest as JSON."""

    def save(self, key: str, arrays: Arrays, state: dict[str, Any]) -> str:
        """Replace a checkpoint, completely or not at all, and return its path."""

    def states_of(self, label: str) -> list[dict[str, Any]]:
        """What the checkpoints of a label, or of none, hold besides their arrays."""

    def is_stopping(self) -> bool:
        """Whether trainings have to end because their run was interrupted."""


class Checkpointer:
    """Saves a training at an interval, and resumes it.

    A training that is shorter than the interval saves nothing. The data are hashed only
    if there are checkpoints.

    Args:
        store: Place for checkpoints; None to save none.
        label: Name of the training.
        state: State before the first step.
        history: History of the same training.
        data: Data of the training.
        recipe: Recipe of the training; `checkpoint_seconds` is the interval.
    """

    def __init__(
        self,
        store: CheckpointStore | None,
        label: str,
        state: TrainingState,
        history: LossHistory,
        data: TrainingData,
        recipe: TrainingParameters,
    ) -> None:
        self._store = store
        self._label = label
        self._state = state
        self._history = history
        self._data = data
        self._interval = recipe.checkpoint_seconds
        if store is not None:
            excluded = set(recipe.without_effect)
            fields = recipe.model_dump(mode="json", exclude=excluded)
            self._ingredients = find_ingredients(state, fields)
        self._in_use = False
        self._saved = time.perf_counter()
        self._newest = "there is no checkpoint yet"

    def resume(self) -> int:
        """Restore this training's checkpoint if there is one.

        Returns:
            The number of steps that are already done.
        """
        if self._store is None or self._store.is_empty():
            return 0
        found = self._store.load(self._key())
        if found is None:
            for other in self._store.states_of(self._label):
                logger.info(
                    "%s: the checkpoint of step %d is passed over: %s",
                    self._label,
                    other["step"],
                    explain_difference(other.get("ingredients"), self._ingredients),
                )
            return 0
        self._in_use = True
        arrays, rest = found
        losses = arrays.pop("losses")
        self._history.restore(losses, rest["history"], self._state.device())
        self._state.restore(arrays)
        step = int(rest["step"])
        self._newest = f"the last good checkpoint is of step {step}"
        logger.info("%s resumes from its checkpoint of step %d", self._label, step)
        return step

    def after_update(self, done: int) -> None:
        """Save a checkpoint after `done` steps if the last one is old enough.

        Raises:
            KeyboardInterrupt: The run was interrupted, and this training is in a thread
                that signals do not reach.
        """
        if self._store is None or done % REFRESH:
            return
        if self._store.is_stopping():
            self._save(self._store, done)
            raise KeyboardInterrupt
        if time.perf_counter() - self._saved >= self._interval:
            self._save(self._store, done)

    def finish(self, done: int) -> None:
        """Save the end of a training that has a checkpoint.

        If its model cannot be saved, for example on a full disk, the training is kept.
        """
        if self._store is not None and self._in_use:
            self._save(self._store, done)

    def newest(self) -> str:
        """The newest checkpoint, in words."""
        return self._newest

    def _save(self, store: CheckpointStore, done: int) -> None:
        if not self._state.is_finite():
            return  # the next look at the loss ends the training
        losses, history = self._history.capture()
        arrays = {**self._state.capture(), "losses": losses}
        key = self._key()
        rest = {
            "step": done,
            "label": self._label,
            "ingredients": self._ingredients,
            "history": history,
        }
        place = store.save(key, arrays, rest)
        self._in_use = True
        self._newest = f"the last good checkpoint is of step {done}, {place}"
        self._saved = time.perf_counter()

    def _key(self) -> str:
        if "data" not in self._ingredients:
            self._ingredients["data"] = self._data.sha256()
        content = json.dumps(self._ingredients, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()
