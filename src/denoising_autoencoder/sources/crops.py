"""Small images cut from a photograph: where, at which scale, and which to drop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CROP_SIDE = 32
# The flattest of 8,068 CIFAR-10 images has 12.1. Flatter crops have nothing to restore:
# a crop of plain sky only measures how well a network paints one colour.
_FLAT_STD = 12.0


class Box(NamedTuple):
    """A square of a photograph, in pixels."""

    top: int
    left: int
    side: int


def cut(photograph: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Cut a square and average it down to a crop.

    Args:
        photograph: uint8 of shape (height, width, 3), 0 to 255.
        box: A square inside it whose side is a multiple of 32.

    Returns:
        uint8 of shape (32, 32, 3): each pixel is the rounded mean of its area.
    """
    scale = box.side // CROP_SIDE
    square = photograph[box.top : box.top + box.side, box.left : box.left + box.side]
    total = np.zeros((CROP_SIDE, CROP_SIDE, 3), dtype=np.uint32)
    for row in range(scale):
        for column in range(scale):
            total += square[row::scale, column::scale]
    area = scale * scale
    return ((total + area // 2) // area).astype(np.uint8)


def is_flat(crops: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Say which crops show next to nothing.

    Args:
        crops: uint8 of shape (..., height, width, channels), 0 to 255.

    Returns:
        Whether the standard deviation is below 12 grey levels; of shape (...).
        Deviations are taken from each channel's own mean, so that a plain colour counts
        as flat.
    """
    # Each channel in one piece of memory: five times as fast.
    planes = np.moveaxis(crops, -1, -3).astype(np.float32, order="C")
    variance = planes.var(axis=(-2, -1)).mean(axis=-1)
    flat: NDArray[np.bool_] = variance < _FLAT_STD**2
    return flat


def random_boxes(
    height: int,
    width: int,
    scales: Sequence[int],
    count: int,
    rng: np.random.Generator,
) -> Iterator[Box]:
    """Draw squares anywhere in a photograph; they may overlap.

    Args:
        height: Height of the photograph in pixels.
        width: Width of the photograph in pixels.
        scales: Sides of the squares in units of 32 pixels, all equally likely.
        count: Number of squares.
        rng: Generator of sides and places.

    Yields:
        Squares inside the photograph.
    """
    for side in CROP_SIDE * rng.choice(scales, count):
        top = rng.integers(height - side, endpoint=True)
        left = rng.integers(width - side, endpoint=True)
        yield Box(int(top), int(left), int(side))


def disjoint_boxes(
    height: int, width: int, scales: Sequence[int], rng: np.random.Generator
) -> list[Box]:
    """Fill a photograph with squares that share no pixel.

    The photograph is a grid of cells of 32x32 pixels. From the widest scale to the
    narrowest, each scale takes an equal share of the cells that are still free, at
    random places; the narrowest takes all that is left.

    Args:
        height: Height of the photograph in pixels.
        width: Width of the photograph in pixels.
        scales: Sides of the squares in units of 32 pixels.
        rng: Generator of the places.

    Returns:
        Squares inside the photograph, the widest first.
    """
    free = np.ones((height // CROP_SIDE, width // CROP_SIDE), dtype=bool)
    boxes: list[Box] = []
    widest_first = sorted(scales, reverse=True)
    for position, scale in enumerate(widest_first):
        share = int(free.sum()) // (len(widest_first) - position) // scale**2
        for cell in rng.permutation(free.size):
            if share == 0:
                break
            row, column = divmod(int(cell), free.shape[1])
            cells = free[row : row + scale, column : column + scale]
            if cells.shape == (scale, scale) and cells.all():
                cells[:] = False
                share -= 1
                boxes.append(
                    Box(row * CROP_SIDE, column * CROP_SIDE, scale * CROP_SIDE)
                )
    return boxes
