"""Gaussian noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from denoising_autoencoder.noise.kind import Noise

if TYPE_CHECKING:
    import torch


class Gaussian(Noise):
    """Gaussian noise of zero mean, independent for each value."""

    label: ClassVar[str] = "Gaussian"

    kind: Literal["gaussian"] = Field(description="Kind of noise.")

    def add_to_image(
        self,
        image: npt.NDArray[np.floating[Any]],
        std: float,
        generator: np.random.Generator,
    ) -> npt.NDArray[np.float32]:
        """Add noise to one image, without clamping."""
        noisy = generator.standard_normal(image.shape, dtype=np.float32)
        noisy *= np.float32(std)
        noisy += image
        return noisy

    def add_to_batch(
        self, batch: torch.Tensor, stds: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """Add noise to a batch, without clamping."""
        noise = batch.new_empty(batch.shape).normal_(generator=generator)
        noise *= stds
        return noise.add_(batch)
