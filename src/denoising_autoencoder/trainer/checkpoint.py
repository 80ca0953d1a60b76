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
from dataclasses import dataclass, field
from typing import Any

from pydantic import PositiveInt

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.artifacts.packing import LONGEST_HEADER, Arrays
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.ingredients import (
    explain_difference,
    find_ingredients,
)
from denoising_autoencoder.trainer.loss_history import (
    REFRESH,
    LossHistory,
    SavedHistory,
)
from denoising_autoencoder.trainer.state import TrainingState
from denoising_autoencoder.validation import Block

logger = logging.getLogger(__name__)


class Saved(Block):
    """What a checkpoint holds besides its arrays.

    Attributes:
        step: Number of steps that are done.
        label: Name of the training.
        ingredients: What decides the bits of the training.
        history: The loss history.
    """

    step: PositiveInt
    label: str
    ingredients: dict[str, Any]
    history: SavedHistory


@dataclass
class Checkpointer:
    """Saves a training at an interval, and resumes it.

    A training that is shorter than the interval saves nothing. The data are hashed only
    if there are checkpoints.

    Attributes:
        store: Place for checkpoints; None to save none.
        label: Name of the training.
        state: State before the first step.
        history: History of the same training.
        data: Data of the training.
        recipe: Recipe of the training; `checkpoint_seconds` is the interval.
        newest: The newest checkpoint, in words.
    """

    store: Checkpoints | None
    label: str
    state: TrainingState
    history: LossHistory
    data: TrainingData
    recipe: TrainingParameters
    newest: str = field(default="there is no checkpoint yet", init=False)

    def __post_init__(self) -> None:
        if self.store is not None:
            excluded = set(self.recipe.without_effect)
            fields = self.recipe.model_dump(mode="json", exclude=excluded)
            self._ingredients = find_ingredients(self.state, fields)
        self._in_use = False
        self._saved = time.perf_counter()

    def resume(self) -> int:
        """Restore this training's checkpoint if there is one.

        Returns:
            The number of steps that are already done.

        Raises:
            DatasetFileError: The checkpoint cannot be read, or is damaged.
        """
        if self.store is None or self.store.is_empty():
            return 0
        key = self._key()
        found = self.store.load(key, self._largest())
        if found is None:
            for other in self.store.states_of(self.label):
                logger.info(
                    "%s: the checkpoint of step %d is passed over: %s",
                    self.label,
                    other["step"],
                    explain_difference(other.get("ingredients"), self._ingredients),
                )
            return 0
        self._in_use = True
        try:
            step = self._restore(*found)
        # A RuntimeError is of PyTorch, for an invalid state of its generator.
        except (LookupError, ValueError, RuntimeError) as error:
            raise self.store.damaged(key) from error
        self.newest = f"the last good checkpoint is of step {step}"
        logger.info("%s resumes from its checkpoint of step %d", self.label, step)
        return step

    def after_update(self, done: int) -> None:
        """Save a checkpoint after `done` steps if the last one is old enough.

        Raises:
            KeyboardInterrupt: The run was interrupted, and this training is in a thread
                that signals do not reach.
        """
        if self.store is None:
            return
        if self.store.is_stopping():  # a step may take seconds
            self._save(self.store, done)
            raise KeyboardInterrupt
        old = time.perf_counter() - self._saved >= self.recipe.checkpoint_seconds
        if old and done % REFRESH == 0:
            self._save(self.store, done)

    def finish(self, done: int) -> None:
        """Save the end of a training that has a checkpoint.

        If its model cannot be saved, for example on a full disk, the training is kept.
        """
        if self.store is not None and self._in_use:
            self._save(self.store, done)

    def _restore(self, arrays: Arrays, rest: dict[str, Any]) -> int:
        """Restore everything, and give the number of steps that are done.

        Raises:
            ValueError: The checkpoint is not a state of this training.
        """
        saved = Saved.model_validate(rest)
        if saved.step > self.history.steps:
            raise ValueError(f"step {saved.step} of {self.history.steps}")
        losses, device = arrays.pop("losses"), self.state.device()
        self.history.restore(losses, saved.history, saved.step, device)
        self.state.restore(arrays)
        return saved.step

    def _largest(self) -> int:
        """The largest number of bytes that a checkpoint of this training can have."""
        losses = 4 * min(self.history.interval, self.history.steps)
        return self.state.largest_size() + losses + LONGEST_HEADER

    def _save(self, store: Checkpoints, done: int) -> None:
        if not self.state.is_finite():
            return  # the next look at the loss ends the training
        losses, history = self.history.capture()
        arrays = {**self.state.capture(), "losses": losses}
        key = self._key()
        rest = {
            "step": done,
            "label": self.label,
            "ingredients": self._ingredients,
            "history": history,
        }
        place = store.save(key, arrays, rest)
        self._in_use = True
        self.newest = f"the last good checkpoint is of step {done}, {place}"
        self._saved = time.perf_counter()

    def _key(self) -> str:
        if "data" not in self._ingredients:
            self._ingredients["data"] = self.data.sha256()
        content = json.dumps(self._ingredients, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()
