"""Small trainings, and networks that record their inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from denoising_autoencoder.networks.any_size import AnySize
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer import TrainingData

CLEAN = Clean()
NOISE = Gaussian(kind="gaussian", std=0.31623, clamp=True)


def recipe(**changes: Any) -> TrainingParameters:
    defaults: dict[str, Any] = {
        "steps": 100,
        "batch_size": 16,
        "optimizer": "adam",
        "learning_rate": 0.01,
        "schedule": "one_cycle",
        "weight_decay": 0.0,
        "momentum": 0.9,
        "validation_interval": 100,
        "checkpoint_seconds": 30.0,
        "seed": 0,
        "device": "cpu",
        "threads": 1,
    }
    return TrainingParameters(**{**defaults, **changes})


def some_images(count: int, seed: int = 0) -> np.ndarray:
    """Images of unlike contrast, so that batches have unlike losses."""
    generator = np.random.default_rng(seed)
    contrast = np.linspace(0.05, 1, count).reshape(-1, 1, 1, 1)
    images = contrast * generator.uniform(-1, 1, (count, 8, 8, 3))
    return images.astype(np.float32)


def autoencoding(images: np.ndarray, noise: Noise = CLEAN) -> TrainingData:
    return TrainingData(images, images, images, noise)


def split_of(history: pd.DataFrame, split: str) -> pd.DataFrame:
    return history[history["split"] == split].reset_index(drop=True)


def last_mse(history: pd.DataFrame) -> float:
    return float(split_of(history, "validation")["mse"].iloc[-1])


class Scale(nn.Module):
    """Multiplies by one weight."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return batch * self.weight


class Recorder(Scale):
    """Records its inputs, and whether it was in training mode."""

    def __init__(self, weight: float = 0.5) -> None:
        super().__init__(weight)
        self.calls: list[tuple[bool, torch.Tensor]] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.calls.append((self.training, batch.detach().clone()))
        return super().forward(batch)

    def batches(self) -> list[torch.Tensor]:
        return [batch for training, batch in self.calls if training]


class Level(AnySize):
    """Gives the noise level that it gets as an image."""

    def __init__(self) -> None:
        super().__init__(nn.Identity(), multiple=1, takes_sigma=True)
        self.factor = nn.Parameter(torch.ones(()))

    def forward(
        self, images: torch.Tensor, sigma: torch.Tensor | None = None
    ) -> torch.Tensor:
        assert sigma is not None
        return self.factor * sigma.view(-1, 1, 1, 1).expand_as(images)
