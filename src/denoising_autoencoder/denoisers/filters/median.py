"""The median filter."""

from __future__ import annotations

from typing import Literal

import numpy as np

from denoising_autoencoder.denoisers.filters.kind import (
    FilterKind,
    Image,
    float32,
    values,
)
from denoising_autoencoder.validation import Block


class Grid(Block):
    """The values that are tried."""

    size: list[Literal[3, 5, 7, 9]] = values("Side of the square, in pixels.")


def denoise(image: Image, _: float, *, size: int) -> Image:
    """Take the median of a square in each channel.

    Args:
        image: float32, (height, width, 1 or 3), in [0, 1].
        size: Side of the square, in pixels; odd.
    """
    from skimage.filters import median as rank

    return float32(rank(image, np.ones((size, size, 1)), behavior="ndimage"))


FILTER = FilterKind("median", Grid, denoise)
