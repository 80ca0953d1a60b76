"""The two forms of an image: uint8 as people see it, [-1, 1] as networks do.

Images at rest are NHWC (count, height, width, channels) in both forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

CHANNELS = (1, 3)
"""Numbers of channels that images may have: grey, or red, green and blue."""

MOST_LINEAR = 64 * 64 * 3
"""Values of the largest images of which PCA is made. Their covariance matrix takes
0.6 GB, and as many multiplications as a training."""

UInt8Images = npt.NDArray[np.uint8]
"""Images as people see them: (n, height, width, 1 or 3), 0 to 255."""

Float16Images = npt.NDArray[np.float16]
"""Images as networks see them: (n, height, width, 1 or 3), -1 to 1."""

LEVEL = 1 / 127.5
"""Width of one uint8 level on the [-1, 1] scale."""

_NORMALIZED = (np.arange(256, dtype=np.float64) * LEVEL - 1).astype(np.float16)

_AT_ONCE = 48 * 1024
"""Values that are mapped at once: few enough to stay in the processor's cache. All at
once take six times as long and many times the memory, since `np.take` makes 64-bit
numbers of the indices."""


def normalize(images: UInt8Images) -> Float16Images:
    """Map 0..255 to [-1, 1] by x = u / 127.5 - 1.

    Args:
        images: uint8, any shape.

    Returns:
        float16, same shape. Half precision costs half the disk of single precision
        and still gives every one of the 256 levels back exactly (`unnormalize`).
    """
    values = np.ascontiguousarray(images).reshape(-1)
    normalized = np.empty(values.shape, dtype=np.float16)
    for part in _parts(len(values)):
        # There is nothing to clip, but other modes fill the output by way of a copy.
        np.take(_NORMALIZED, values[part], out=normalized[part], mode="clip")
    return normalized.reshape(images.shape)


def unnormalize(images: npt.NDArray[np.floating[Any]]) -> UInt8Images:
    """Map [-1, 1] back to 0..255, rounding to the nearest level and clamping.

    Args:
        images: Any float dtype and shape; values outside [-1, 1] are clamped.

    Returns:
        uint8, same shape.
    """
    values = np.ascontiguousarray(images).reshape(-1)
    rounded = np.empty(values.shape, dtype=np.uint8)
    for part in _parts(len(values)):
        levels = values[part].astype(np.float32)
        levels += 1
        levels *= np.float32(127.5)
        np.rint(levels, out=levels)
        rounded[part] = np.clip(levels, 0, 255, out=levels)
    return rounded.reshape(images.shape)


def to_grey(images: UInt8Images) -> UInt8Images:
    """Convert RGB to grey by the luma of Rec. ITU-R BT.601-7.

    It is 0.299 R + 0.587 G + 0.114 B of the values as they are stored, computed with
    integers as Pillow converts to its mode L, to the last bit.

    Args:
        images: uint8, (..., 3).

    Returns:
        uint8, (..., 1).
    """
    pixels = np.ascontiguousarray(images).reshape(-1, 3)
    grey = np.empty(len(pixels), dtype=np.uint8)
    for part in _parts(len(pixels)):
        red, green, blue = pixels[part].T.astype(np.uint32)
        grey[part] = (19595 * red + 38470 * green + 7471 * blue + 2**15) >> 16
    return grey.reshape(*images.shape[:-1], 1)


def to_rgb(images: UInt8Images) -> UInt8Images:
    """Images as files and screens take them, with three channels.

    Args:
        images: uint8, (..., 1 or 3).

    Returns:
        uint8, (..., 3): a view, whose channels are equal if there was only one.
    """
    return np.broadcast_to(images, (*images.shape[:-1], 3))


def _parts(count: int) -> Iterator[slice]:
    """Slices that cover all values."""
    for start in range(0, count, _AT_ONCE):
        yield slice(start, start + _AT_ONCE)
