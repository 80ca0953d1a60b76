"""The bilateral filter."""

from __future__ import annotations

import numpy as np

from denoising_autoencoder.denoisers.filters.kind import (
    Factor,
    FilterKind,
    Image,
    Pixels,
    values,
)
from denoising_autoencoder.validation import Block


class Grid(Block):
    """The values that are tried."""

    color_factor: list[Factor] = values("Width in colour, in units of the noise's std.")
    sigma_spatial: list[Pixels] = values("Width in space, in pixels.")


def denoise(
    image: Image, noise_std: float, *, color_factor: float, sigma_spatial: float
) -> Image:
    """Average over near pixels of similar colour (Tomasi and Manduchi, 1998).

    This is not scikit-image's `denoise_bilateral`: in 0.26 its table of spatial weights
    is a row longer than the window, so that it smears an image along a diagonal.

    Args:
        image: float32, (height, width, 1 or 3), in [0, 1].
        noise_std: Standard deviation of the noise, on the scale of the image.
        color_factor: Standard deviation of the weight by colour (Euclidean over the
            channels), in units of `noise_std`.
        sigma_spatial: Standard deviation of the weight by distance, in pixels. The
            window ends at three standard deviations.
    """
    radius = max(1, round(3 * sigma_spatial))
    height, width, _ = image.shape
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), "symmetric")
    color_scale = 2 * (color_factor * noise_std) ** 2
    total = np.zeros_like(image)
    weights = np.zeros((height, width, 1), np.float32)
    for row in range(2 * radius + 1):
        for column in range(2 * radius + 1):
            near = padded[row : row + height, column : column + width]
            squares = np.square(near - image).sum(axis=-1, keepdims=True)
            distance = (row - radius) ** 2 + (column - radius) ** 2
            exponent = distance / (2 * sigma_spatial**2) + squares / color_scale
            weight = np.exp(-exponent)
            total += weight * near
            weights += weight
    return total / weights


FILTER = FilterKind("bilateral", Grid, denoise)
