"""Images in rows and in panels, without interpolation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.sheet import CAPTION, GAP, LABEL, Sheet, scale_of
from denoising_autoencoder.figures.style import DPI, GREY, SMALL, TEXT, fit_label
from denoising_autoencoder.images import UInt8Images

_MIN_COLUMN = 84
"""Pixels: width of a caption below a narrow image."""

_MIN_PANEL = 168
"""Pixels: width of a label above a narrow image."""


@dataclass(frozen=True)
class ImageRow:
    """One row of images.

    Attributes:
        label: Text at the left of the row.
        images: uint8, (n, height, width, 1 or 3).
        psnr: PSNR of each image in dB, printed under it; None prints nothing.
    """

    label: str
    images: UInt8Images
    psnr: Iterable[float] | None = None


@house_style()
def image_rows(
    rows: Sequence[ImageRow], title: str, headings: Sequence[str] = ()
) -> Figure:
    """Rows of images, one under the other.

    Args:
        rows: Rows with the same number of images, all of the same size.
        title: Title that names the images and the noise; wrapped if it is too long.
        headings: Texts above the columns, one for each image of a row.
    """
    return rows_of_images(rows, title, headings).figure


def rows_of_images(
    rows: Sequence[ImageRow],
    title: str,
    headings: Sequence[str] = (),
    below: int = 0,
) -> Sheet:
    """The figure of `image_rows` on a sheet that has room for more.

    Args:
        rows: See `image_rows`.
        title: See `image_rows`.
        headings: See `image_rows`.
        below: Free pixels under the last row.
    """
    count, height, width = rows[0].images.shape[:3]
    scale = scale_of(height)
    height, width = height * scale, width * scale
    column = max(width, _MIN_COLUMN)
    # The left edge of each image, which is centred in its column.
    edges = [
        LABEL + index * (column + GAP) + (column - width) // 2 for index in range(count)
    ]
    lines = sum(row.psnr is not None for row in rows) + bool(headings)
    sheet = Sheet(
        LABEL + count * (column + GAP),
        (height + GAP) * len(rows) + CAPTION * lines + GAP + below,
        title,
    )
    bottom = sheet.top
    if headings:
        bottom -= CAPTION
        for edge, heading in zip(edges, headings, strict=True):
            where = (edge + width / 2, bottom + CAPTION / 2)
            sheet.write(*where, heading, ha="center", size=SMALL)
    for row in rows:
        bottom -= height
        where, room = (GAP, bottom + height / 2), (LABEL - GAP, height)
        sheet.write_label(*where, row.label, room, size=TEXT)
        for edge, image in zip(edges, row.images, strict=True):
            sheet.put(image, scale, edge, bottom)
        if row.psnr is not None:
            bottom -= CAPTION
            for edge, psnr in zip(edges, row.psnr, strict=True):
                where = (edge + width / 2, bottom + CAPTION / 2)
                sheet.write(*where, decibels(psnr), ha="center", size=SMALL, color=GREY)
        bottom -= GAP
    return sheet


@dataclass(frozen=True)
class Panel:
    """One image with its label.

    Attributes:
        label: Text above the image.
        image: uint8, (height, width, 1 or 3).
        psnr: PSNR in dB, printed under the image; None prints nothing.
    """

    label: str
    image: npt.NDArray[np.uint8]
    psnr: float | None = None


@house_style()
def image_panels(panels: Sequence[Panel], title: str, columns: int = 5) -> Figure:
    """Labelled images in a grid, for example one image in many forms.

    Args:
        panels: Panels whose images have the same size.
        title: Title that names the image and the noise; wrapped if it is too long.
        columns: Number of panels in a row.
    """
    height, width = panels[0].image.shape[:2]
    scale = scale_of(height)
    height, width = height * scale, width * scale
    column = max(width, _MIN_PANEL)
    fits = [fit_label(panel.label, column / DPI, SMALL) for panel in panels]
    above = CAPTION if fits == [panel.label for panel in panels] else 2 * CAPTION
    row = above + height + CAPTION + GAP
    sheet = Sheet(
        columns * (column + GAP) + GAP, math.ceil(len(panels) / columns) * row, title
    )
    for index, panel in enumerate(panels):
        down, across = divmod(index, columns)
        middle = GAP + across * (column + GAP) + column / 2
        top = sheet.top - down * row
        bottom = top - above - height
        where, room = (middle, top - above / 2), (column, above)
        sheet.write_label(*where, panel.label, room, ha="center", size=SMALL)
        sheet.put(panel.image, scale, round(middle - width / 2), bottom)
        if panel.psnr is not None:
            where = (middle, bottom - CAPTION / 2)
            caption = decibels(panel.psnr)
            sheet.write(*where, caption, ha="center", size=SMALL, color=GREY)
    return sheet.figure


def decibels(psnr: float) -> str:
    """A PSNR as it is printed under an image; "exact" if it is infinite."""
    return "exact" if math.isinf(psnr) else f"{psnr:.1f} dB"
