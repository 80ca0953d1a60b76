"""Pictures of any size and depth, cut into 8-bit images of one size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.sources.crops import is_flat
from denoising_autoencoder.sources.request import Cutting

_16_TO_8 = 257
"""65535 / 255: white stays white."""


def count_tiles(height: int, width: int, cutting: Cutting) -> int:
    """The number of tiles of a picture, flat ones among them.

    Args:
        height: Height of the picture in pixels.
        width: Width of the picture in pixels.
        cutting: Size and distance of the tiles.
    """
    return len(_starts(height, cutting)) * len(_starts(width, cutting))


def cut_tiles(
    pixels: NDArray[Any], value_range: tuple[float, float], cutting: Cutting
) -> Iterator[NDArray[np.uint8]]:
    """Cut a picture into tiles, row by row from the top left, without the flat ones.

    What is left at the right and at the bottom is less than a tile, and is not used.

    Args:
        pixels: (height, width, 1 or 3): uint8, uint16 or floats.
        value_range: Values of black and white, for floats.
        cutting: Size and distance of the tiles; how much the picture is reduced first.

    Yields:
        The tiles of a row: uint8, (n, tile, tile, 3). Grey is repeated for the colours.
    """
    side = cutting.tile
    lefts = _starts(pixels.shape[1], cutting)
    for top in _starts(pixels.shape[0], cutting):
        rows = slice(top * cutting.reduce, (top + side) * cutting.reduce)
        band = to_8_bits(pixels[rows], value_range, cutting.reduce)
        tiles = np.stack([band[:, left : left + side] for left in lefts])
        kept = tiles[~is_flat(tiles)]
        yield kept if kept.shape[-1] == 3 else kept.repeat(3, axis=-1)


def to_8_bits(
    pixels: NDArray[Any], value_range: tuple[float, float], factor: int = 1
) -> NDArray[np.uint8]:
    """Average squares of pixels, and round once to 0..255.

    16 bits become value / 257, floats (value - black) / (white - black) * 255, both
    rounded. The mean is that of the values as they are stored, without a gamma curve.

    Args:
        pixels: (height, width, channels): uint8, uint16 or floats.
        value_range: Values of black and white, for floats.
        factor: Side of the squares. Rows and columns that fill no square are left out.

    Returns:
        uint8, (height // factor, width // factor, channels).
    """
    whole = pixels.dtype.kind == "u"
    if factor == 1 and pixels.dtype == np.uint8:
        return pixels
    height, width = (side // factor for side in pixels.shape[:2])
    # 64 values of 16 bits fit into 32.
    total = np.zeros((height, width, pixels.shape[2]), np.uint32 if whole else float)
    for row in range(factor):
        for column in range(factor):
            part = pixels[row : height * factor : factor]
            total += part[:, column : width * factor : factor]
    area = factor * factor
    if whole:
        divisor = area * (_16_TO_8 if pixels.dtype == np.uint16 else 1)
        return ((total + divisor // 2) // divisor).astype(np.uint8)
    low, high = value_range
    levels = (total / area - low) * (255 / (high - low))
    return np.rint(levels).clip(0, 255).astype(np.uint8)


def _starts(length: int, cutting: Cutting) -> range:
    """Where tiles begin along a side, in pixels of the reduced picture."""
    return range(0, length // cutting.reduce - cutting.tile + 1, cutting.step)
