"""Noise, the same for training, validation and test.

Two ways to draw it: once per image from a generator of the image's own (validation and
test: every model sees the very same noisy images), and afresh for each batch (training:
the course report's proposal of several noisy inputs for one image).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.images import Float16Images

if TYPE_CHECKING:
    import torch


VALIDATION_STREAM, TEST_STREAM, TRAINING_STREAM = 1, 2, 3
"""Tell apart sets whose noise shares a seed, so that no two share a noise field."""


@dataclass(frozen=True)
class NoiseSpec:
    """What was added to an image.

    Attributes:
        kind: "gaussian", or "none" for clean inputs.
        std: Standard deviation on the [-1, 1] scale; 0 for clean inputs.
        clamp: Whether the noisy image is clamped to [-1, 1].
        seed: Of the noise that is drawn once per image.
    """

    kind: str
    std: float
    clamp: bool
    seed: int

    @classmethod
    def clean(cls) -> NoiseSpec:
        """The specification of an input that carries no noise."""
        return cls(kind="none", std=0.0, clamp=False, seed=0)

    def as_dict(self) -> dict[str, Any]:
        """The specification as plain values, for JSON."""
        return asdict(self)

    def describe(self) -> str:
        """One phrase for titles, with both the deviation and the variance."""
        if self.kind == "none":
            return "clean input"
        return (
            f"Gaussian noise of std {self.std:.3g} "
            f"(variance {self.std**2:.2g}), {self.clamping()}"
        )

    def clamping(self) -> str:
        """Whether it is clamped, in words."""
        return "clamped to [-1, 1]" if self.clamp else "not clamped"


def add_noise(
    images: npt.NDArray[np.floating[Any]], spec: NoiseSpec, stream: int
) -> Float16Images:
    """Add noise that depends on the seed, the stream and an image's index alone.

    So the noise on image 7 is the same whether 10 or 10,000 images are drawn, and no
    two images share a noise field (a trap of some published evaluations).

    Args:
        images: (n, height, width, channels), any float dtype, in [-1, 1].
        spec: What to add.
        stream: Tells apart sets that share a seed: `VALIDATION_STREAM`, `TEST_STREAM`.

    Returns:
        float16, same shape; in [-1, 1] if spec.clamp.
    """
    noisy = np.empty(images.shape, dtype=np.float16)
    for index, image in enumerate(images):
        generator = np.random.default_rng((spec.seed, stream, index))
        field = generator.standard_normal(image.shape, dtype=np.float32)
        field *= np.float32(spec.std)
        field += image
        if spec.clamp:
            np.clip(field, -1, 1, out=field)
        noisy[index] = field
    return noisy


def add_noise_to_batch(
    batch: torch.Tensor, spec: NoiseSpec, generator: torch.Generator
) -> torch.Tensor:
    """Add fresh noise to a batch.

    Args:
        batch: float32, in [-1, 1], on the CPU, contiguous in memory. Drawing noise for
            a permuted (channels_last) tensor takes a path that is ten times slower, so
            the batch is NHWC here and permuted afterwards.
        spec: What to add.
        generator: On the CPU; the draw depends on its state alone.

    Returns:
        A new tensor of the same shape, or the batch itself if it stays clean.
    """
    import torch

    if spec.kind == "none":
        return batch
    noisy = torch.empty(batch.shape).normal_(0, spec.std, generator=generator)
    noisy.add_(batch)
    return noisy.clamp_(-1, 1) if spec.clamp else noisy


def add_noise_to_images(
    batch: torch.Tensor, spec: NoiseSpec, seeds: Iterable[tuple[int, ...]]
) -> torch.Tensor:
    """Add to each image of a batch the noise of a seed of its own.

    So an image can be given the same noise again. Slower than `add_noise_to_batch`.

    Args:
        batch: float32, in [-1, 1], on the CPU, the images first.
        spec: What to add.
        seeds: One for each image.

    Returns:
        A new tensor of the same shape, or the batch itself if it stays clean.
    """
    import torch

    if spec.kind == "none":
        return batch
    noisy = torch.empty_like(batch)
    for row, image, seed in zip(noisy, batch, seeds, strict=True):
        field = np.random.default_rng(seed).standard_normal(image.shape, np.float32)
        row.copy_(torch.from_numpy(field)).mul_(spec.std).add_(image)
    return noisy.clamp_(-1, 1) if spec.clamp else noisy
