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

    sigma: list[Pixels] = values("Of the kernel, in pixels.")


def denoise(image: Image, _: float, *, sigma: float) -> Image:
    """Convolve with a Gaussian.

    Args:
        image: In [0, 1], as for all that follow.
        sigma: In pixels.
    """
    from skimage.filters import gaussian as blur

    return float32(blur(image, sigma, channel_axis=-1))


FILTER = FilterKind("Gaussian", Grid, denoise)
