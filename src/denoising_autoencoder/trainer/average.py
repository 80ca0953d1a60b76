"""An exponential moving average of a network's weights."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Average:
    """Follows a network with weights that change slowly.

    Args:
        network: To follow.
        half_life: Steps after which a weight counts half.
    """

    def __init__(self, network: nn.Module, half_life: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self._decay = 0.5 ** (1 / half_life)
        self._weights = list(
            zip(self.network.parameters(), network.parameters(), strict=True)
        )
        self._buffers = list(
            zip(self.network.buffers(), network.buffers(), strict=True)
        )

    @torch.no_grad()
    def update(self, done: int) -> None:
        """Take in the weights after `done` steps.

        At the beginning the average is shorter than its half-life, so that it is not
        held back by the initial weights.
        """
        decay = min(self._decay, (1 + done) / (10 + done))
        for averaged, newest in self._weights:
            averaged.lerp_(newest, 1 - decay)
        for mine, now in self._buffers:
            mine.copy_(now)
