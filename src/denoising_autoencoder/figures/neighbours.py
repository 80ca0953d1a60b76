"""Images, and beside each the nearest others by two measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.sheet import CAPTION, GAP, Sheet, scale_of
from denoising_autoencoder.figures.style import DPI, GREEN, SMALL, fit_label
from denoising_autoencoder.images import UInt8Images

_BETWEEN = 4 * GAP
"""Pixels between two groups of images."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest images by one measure.

    Attributes:
        images: uint8, (queries, neighbours, height, width, 1 or 3), the nearest first.
        same: (queries, neighbours), which show the same as the query; None if that is
            not known.
    """

    images: npt.NDArray[np.uint8]
    same: npt.NDArray[np.bool_] | None = None


@house_style()
def nearest_images(
    queries: UInt8Images, groups: Mapping[str, Neighbours], title: str
) -> Figure:
    """A row for each query: the image, then its nearest by each measure.

    Args:
        queries: uint8, (queries, height, width, 1 or 3).
        groups: The nearest by each measure, by the name of the measure.
        title: Title that names the images; wrapped if it is too long.
    """
    scale = scale_of(queries.shape[1])
    height, width = (scale * side for side in queries.shape[1:3])
    columns = {"test image": Neighbours(queries[:, None]), **groups}
    count = sum(group.images.shape[1] for group in columns.values())
    marked = any(group.same is not None for group in columns.values())
    row = height + GAP + (CAPTION if marked else 0)
    sheet = Sheet(
        count * (width + GAP) + (len(columns) - 1) * (_BETWEEN - GAP) + GAP,
        CAPTION + GAP + len(queries) * row,
        title,
    )
    left = GAP
    for name, group in columns.items():
        across = group.images.shape[1] * (width + GAP) - GAP
        heading = fit_label(_heading(name, group), across / DPI, SMALL)
        sheet.write(left, sheet.top - CAPTION / 2, heading, size=SMALL)
        top = sheet.top - CAPTION - GAP
        for down, images in enumerate(group.images):
            for along, image in enumerate(images):
                x, bottom = left + along * (width + GAP), top - down * row - height
                sheet.put(image, scale, x, bottom)
                if group.same is not None and group.same[down, along]:
                    sheet.write(
                        *(x + width / 2, bottom - CAPTION / 2), "same label",
                        ha="center", size=SMALL, color=GREEN,
                    )  # fmt: skip
        left += across + _BETWEEN
    return sheet.figure


def _heading(name: str, group: Neighbours) -> str:
    if group.same is None:
        return name
    return f"{name}: {group.same.sum()} of {group.same.size} have the same label"
