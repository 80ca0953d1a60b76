"""The two forms of an image: uint8 as people see it, [-1, 1] as networks do.

Images at rest are NHWC (count, height, width, channels) in both forms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

UInt8Images = npt.NDArray[np.uint8]
"""Images as people see them: (n, height, width, 3), 0 to 255."""

Float16Images = npt.NDArray[np.float16]
"""Images as networks see them: (n, height, width, 3), -1 to 1."""

LEVEL = 1 / 127.5
"""One uint8 level on the [-1, 1] scale."""

_NORMALIZED = (np.arange(256, dtype=np.float64) * LEVEL - 1).astype(np.float16)


def normalize(images: UInt8Images) -> Float16Images:
    """Map 0..255 to [-1, 1] by x = u / 127.5 - 1.

    Args:
        images: uint8, any shape.

    Returns:
        float16, same shape. Half precision costs half the disk of single precision
        and still gives every one of the 256 levels back exactly (`unnormalize`).
    """
    normalized: Float16Images = np.take(_NORMALIZED, images)
    return normalized


def unnormalize(images: npt.NDArray[np.floating[Any]]) -> UInt8Images:
    """Map [-1, 1] back to 0..255, rounding to the nearest level and clamping.

    Args:
        images: Any float dtype and shape; values outside [-1, 1] are clamped.

    Returns:
        uint8, same shape.
    """
    levels = np.rint((images.astype(np.float32) + 1) * np.float32(127.5))
    rounded: UInt8Images = np.clip(levels, 0, 255).astype(np.uint8)
    return rounded
