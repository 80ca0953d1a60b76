"""Gaussian smoothing."""

from __future__ import annotations

from denoising_autoencoder.denoisers.filters.kind import (
    FilterKind,
    Image,
    Pixels,
    float32,
    values,
)
from denoising_autoencoder.validation import Block


class Grid(Block):
    """The values that are tried."""

    sigma: list[Pixels] = values("Standard deviation of the kernel, in pixels.")


def denoise(image: Image, _: float, *, sigma: float) -> Image:
    """Convolve with a Gaussian.

    Args:
        image: float32, (height, width, 1 or 3), in [0, 1].
        sigma: Standard deviation of the kernel, in pixels.
    """
    from skimage.filters import gaussian as blur

    return float32(blur(image, sigma, channel_axis=-1))


FILTER = FilterKind("Gaussian", Grid, denoise)
