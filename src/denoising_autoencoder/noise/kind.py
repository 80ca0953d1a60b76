"""What every kind of noise states."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from denoising_autoencoder.validation import Block

if TYPE_CHECKING:
    import torch


class Noise(Block):
    """One kind of noise and its strength: the block `noise` of the parameters.

    A kind is a subclass with a `kind`, a `label`, and the two methods that add noise. A
    kind whose strength varies from image to image also states how.
    """

    label: ClassVar[str]
    """What titles call the kind."""

    kind: str
    std: float = Field(
        gt=0,
        le=2,
        description="Standard deviation on the [-1, 1] scale, before clamping.",
    )
    clamp: bool = Field(description="Whether noisy images are clamped to [-1, 1].")

    def judged_stds(self, count: int) -> npt.NDArray[np.float64]:
        """The standard deviations of the first images of a validation or a test set."""
        return np.full(count, self.std)

    def draw_stds(
        self,
        stds: torch.Tensor,
        generator: torch.Generator,  # noqa: ARG002, for kinds with a range
    ) -> torch.Tensor:
        """Draw the standard deviations of the images of a training batch.

        Args:
            stds: Tensor to fill, float32, (n,), on the CPU.
            generator: Source of all randomness, on the CPU.

        Returns:
            The same tensor.
        """
        return stds.fill_(self.std)

    @abstractmethod
    def add_to_image(
        self,
        image: npt.NDArray[np.floating[Any]],
        std: float,
        generator: np.random.Generator,
    ) -> npt.NDArray[np.float32]:
        """Add noise to one image, without clamping.

        Args:
            image: Array of any shape, in [-1, 1].
            std: Standard deviation of the noise.
            generator: Source of all randomness.

        Returns:
            New float32 array of the same shape.
        """

    @abstractmethod
    def add_to_batch(
        self, batch: torch.Tensor, stds: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """Add noise to a batch of training images, without clamping.

        Args:
            batch: float32, (n, ...), in [-1, 1], on the CPU, contiguous in memory.
            stds: Standard deviation of the noise of each image, of a shape that
                multiplies the batch: (n, 1, 1, 1).
            generator: Source of all randomness, on the CPU.

        Returns:
            New tensor of the same shape.
        """

    def at(self, std: float) -> Noise:
        """The same kind of noise at one other standard deviation."""
        return self.model_copy(update={"std": std})

    def describe(self) -> str:
        """One phrase for titles, with both the standard deviation and the variance."""
        return (
            f"{self.label} noise of std {self.std:.3g} "
            f"(variance {self.std**2:.2g}), {self.clamping()}"
        )

    def clamping(self) -> str:
        """Whether noisy images are clamped, in words."""
        return "clamped to [-1, 1]" if self.clamp else "not clamped"
