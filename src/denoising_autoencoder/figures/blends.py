"""From one image to another, in several ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.sheet import CAPTION, GAP, LABEL, Sheet, scale_of
from denoising_autoencoder.figures.style import SMALL, TEXT
from denoising_autoencoder.images import UInt8Images

_BETWEEN = 3 * GAP
"""Pixels between two pairs of images."""


@house_style()
def blends(pairs: Sequence[Mapping[str, UInt8Images]], title: str) -> Figure:
    """A row for each way from one image to another, and a group of rows for each pair.

    Args:
        pairs: For each pair the images of each way, by its name: uint8, (steps, height,
            width, 1 or 3), two steps at least. All have the same size, number of steps
            and ways.
        title: Title that names the images; wrapped if it is too long.
    """
    steps, height, width = next(iter(pairs[0].values())).shape[:3]
    scale = scale_of(height)
    height, width = height * scale, width * scale
    group = len(pairs[0]) * (height + GAP) + _BETWEEN
    sheet = Sheet(
        LABEL + steps * (width + GAP), CAPTION + len(pairs) * group - _BETWEEN, title
    )
    for step in range(steps):
        share = f"{100 * step / (steps - 1):.3g} %"
        middle = LABEL + step * (width + GAP) + width / 2
        where = (middle, sheet.top - CAPTION / 2)
        sheet.write(*where, share, ha="center", size=SMALL)
    for number, ways in enumerate(pairs):
        bottom = sheet.top - CAPTION - number * group
        for name, images in ways.items():
            bottom -= height
            where, room = (GAP, bottom + height / 2), (LABEL - GAP, height)
            sheet.write_label(*where, name, room, size=TEXT)
            for step, image in enumerate(images):
                sheet.put(image, scale, LABEL + step * (width + GAP), bottom)
            bottom -= GAP
    return sheet.figure
