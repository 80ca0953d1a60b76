"""The state of a training: everything that a step changes, except the history."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from denoising_autoencoder.artifacts.packing import Arrays
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

    def update(self, loss: torch.Tensor, learning_rate: float) -> None:
        """Change the parameters once, to lower the loss."""
        self.optimizer.learning_rate = learning_rate
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def is_finite(self) -> bool:
        """Whether all of the network's values are finite."""
        return all(bool(v.isfinite().all()) for v in self.network.state_dict().values())

    def capture(self) -> Arrays:
        """The whole state as arrays."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        for index, moments in enumerate(self.optimizer.moments):
            tensors |= {f"optimizer.{index}.{k}": v for k, v in moments.items()}
        tensors["generator"] = self.generator.get_state()
        return {name: value.cpu().numpy() for name, value in tensors.items()}

    def restore(self, arrays: Arrays) -> None:
        """Set the whole state to what `capture` returned."""
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
