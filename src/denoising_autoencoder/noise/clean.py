"""Clean images: the kind of noise that adds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.noise.kind import Noise

if TYPE_CHECKING:
    import torch


class Clean(Noise):
    """No noise: what the lanes of clean inputs have."""

    label: ClassVar[str] = "no"

    kind: Literal["none"] = "none"
    std: float = 0.0
    clamp: bool = False

    def add_to_image(
        self,
        image: npt.NDArray[np.floating[Any]],
        std: float,  # noqa: ARG002, as every kind has it
        generator: np.random.Generator,  # noqa: ARG002
    ) -> npt.NDArray[np.float32]:
        """Copy the image."""
        return image.astype(np.float32)

    def add_to_batch(
        self,
        batch: torch.Tensor,
        stds: torch.Tensor,  # noqa: ARG002, as every kind has it
        generator: torch.Generator,  # noqa: ARG002
    ) -> torch.Tensor:
        """Give the batch back as it is."""
        return batch

    def describe(self) -> str:
        """One phrase for titles."""
        return "clean input"
