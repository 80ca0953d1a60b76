"""Maps on which each image stands at a place in two dimensions."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.sheet import CAPTION, GAP, Sheet
from denoising_autoencoder.figures.style import DPI, PAGE, TEXT, fit_label
from denoising_autoencoder.images import UInt8Images

_SIDE = 60
"""Pixels: approximate side of an image."""

_LARGEST = 96
"""Pixels: a larger image is shown by every second, third, ... pixel."""

_BETWEEN, _APART = 4 * GAP, 4
"""Pixels between two maps, and between two images."""


@house_style()
def image_maps(
    images: UInt8Images, maps: Mapping[str, npt.NDArray[np.float64]], title: str
) -> Figure:
    """Maps side by side, each a grid whose squares show an image that belongs there.

    A square shows the image whose place is nearest to its middle, of those whose place
    is in it. So no image covers another, and where many images are, some are not shown.
    Each map is stretched to its panel, in both directions.

    Args:
        images: uint8, (n, height, width, 1 or 3).
        maps: Places of the images, (n, 2), x to the right and y upwards, by the title
            of the map.
        title: Title that names the images; wrapped if it is too long.
    """
    images = images[
        :, :: (step := math.ceil(max(images.shape[1:3]) / _LARGEST)), ::step
    ]
    scale = max(1, round(_SIDE / images.shape[1]))
    height, width = (scale * side for side in images.shape[1:3])
    panel = (round(PAGE * DPI) - 2 * GAP - (len(maps) - 1) * _BETWEEN) // len(maps)
    wide, high = width + _APART, height + _APART
    columns = max(1, panel // wide)
    rows = max(1, panel // high)
    across = columns * wide
    sheet = Sheet(
        2 * GAP + len(maps) * across + (len(maps) - 1) * _BETWEEN,
        CAPTION + GAP + rows * high,
        title,
    )
    for number, (name, places) in enumerate(maps.items()):
        left = GAP + number * (across + _BETWEEN)
        where = (left, sheet.top - CAPTION / 2)
        sheet.write(*where, fit_label(name, across / DPI, TEXT), size=TEXT)
        for (column, row), index in _squares(places, columns, rows).items():
            sheet.put(images[index], scale, left + column * wide, GAP + row * high)
    return sheet.figure


def _squares(
    places: npt.NDArray[np.float64], columns: int, rows: int
) -> dict[tuple[int, int], int]:
    """The image that each square of a grid shows, by column and row from below."""
    spread = np.ptp(places, axis=0)
    shares = (places - places.min(axis=0)) / np.where(spread > 0, spread, 1)
    grid = shares * (columns, rows)
    squares = np.minimum(grid.astype(int), (columns - 1, rows - 1))
    distances = ((grid - squares - 0.5) ** 2).sum(axis=1)
    chosen: dict[tuple[int, int], int] = {}
    for index in distances.argsort(kind="stable"):
        column, row = squares[index].tolist()
        chosen.setdefault((column, row), int(index))
    return chosen
