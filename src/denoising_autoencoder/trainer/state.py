"""The state of a training: everything that a step changes, except the history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from denoising_autoencoder.artifacts.packing import Arrays
from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.trainer.optimizer import Moments, Optimizer


@dataclass(frozen=True)
class TrainingState:
    """Everything that a step of training changes, except the history.

    Attributes:
        network: The network, on its device.
        optimizer: Optimizer of the network's parameters.
        generator: Generator of the training noise.
    """

    network: nn.Module
    optimizer: Optimizer
    generator: torch.Generator

    def device(self) -> torch.device:
        """The network's device."""
        return next(self.network.parameters()).device

    def update(self, learning_rate: float, in_order: InOrder) -> None:
        """Change the parameters once, by their gradients.

        Args:
            learning_rate: Learning rate of this step.
            in_order: `map` for work that can be shared; `on_threads` gives one.
        """
        self.optimizer.learning_rate = learning_rate
        self.optimizer.step(in_order)

    def is_finite(self) -> bool:
        """Whether all values of the network and of the optimizer are finite."""
        tensors = self._tensors(self.optimizer.moments).values()
        return all(bool(value.isfinite().all()) for value in tensors)

    def capture(self) -> Arrays:
        """The whole state as arrays."""
        tensors = self._tensors(self.optimizer.moments)
        return {name: value.cpu().numpy() for name, value in tensors.items()}

    def largest_size(self) -> int:
        """The largest number of bytes that the arrays of `capture` can have."""
        return sum(value.nbytes for value in self._tensors(self._moments()).values())

    def restore(self, arrays: Arrays) -> None:
        """Set the whole state to what `capture` returned.

        Raises:
            ValueError: The arrays are not those of such a state.
        """
        self._check(arrays)
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

    def _check(self, arrays: Arrays) -> None:
        """Compare names, shapes, types and values with what this state can become."""
        # A parameter without a gradient has no moments.
        with_moments = {_owner(name) for name in arrays}
        expected = {
            name: value
            for name, value in self._tensors(self._moments()).items()
            if not name.startswith("optimizer.") or _owner(name) in with_moments
        }
        if arrays.keys() != expected.keys():
            raise ValueError("the state has other arrays")
        for name, value in expected.items():
            array, dtype = arrays[name], str(value.dtype).removeprefix("torch.")
            if array.shape != value.shape or array.dtype != dtype:
                raise ValueError(f"{name} is of another shape or type")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} holds numbers that are not finite")

    def _moments(self) -> list[Moments]:
        """The moments of all parameters, as before the first step."""
        return [self.optimizer.first_moments(p) for p in self.optimizer.parameters]

    def _tensors(self, moments: list[Moments]) -> dict[str, torch.Tensor]:
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        for index, of_one in enumerate(moments):
            tensors |= {f"optimizer.{index}.{k}": v for k, v in of_one.items()}
        return {**tensors, "generator": self.generator.get_state()}


def _owner(name: str) -> str:
    """The parameter to which a moment belongs, as in the name of its array."""
    return name.rpartition(".")[0]
