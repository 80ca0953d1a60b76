"""A figure that is laid out in pixels, so that the pixels of images stay squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.figures.style import (
    DPI,
    TITLE,
    fit_label,
    new_figure,
    wrap_text,
)
from denoising_autoencoder.images import to_rgb

SIDE, GAP, CAPTION = 128, 8, 28
"""Pixels: approximate side of an image, space between two, height of a caption."""

LABEL = 160
"""Pixels: width of the labels at the left."""

_TITLE_LINE = 30
"""Pixels: height of a line of the title."""

_LINE_HEIGHT = 1.25
"""Distance of two lines of a label, as a share of the size of the type."""

_MIN_WIDTH = 900


class Sheet:
    """A figure on which images and texts are placed by pixel.

    Every pixel of an image covers a whole number of the figure's pixels: nothing is
    interpolated.

    Args:
        width: Width of the content in pixels; the sheet has at least 900.
        height: Height of the content in pixels, without the title.
        title: Title that names the images and the noise; wrapped if it is too long.

    Attributes:
        figure: The figure.
        width: Width in pixels.
        top: Lower edge of the title, in pixels from the bottom.
    """

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width = max(_MIN_WIDTH, width)
        title = wrap_text(title, (self.width - 2 * GAP) / DPI, TITLE)
        self.top = height
        self._height = height + _TITLE_LINE * len(title.splitlines()) + 2 * GAP
        # Slightly too large, because Matplotlib rounds the pixels down.
        self.figure = new_figure((self.width + 0.01) / DPI, (self._height + 0.01) / DPI)
        self.write(GAP, (height + self._height) / 2, title, size=TITLE)

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write a text: x from the left, y (its middle) from the bottom."""
        where = (x / self.width, y / self._height)
        self.figure.text(*where, text, va="center", **style)

    def write_label(
        self, x: float, y: float, label: str, room: tuple[int, int], **style: Any
    ) -> None:
        """Write a name that may be long or in any script into limited room.

        Args:
            x: See `write`.
            y: See `write`.
            label: Name; it is wrapped if it is too wide, and shortened if need be.
            room: Largest width and height, in pixels.
            style: Arguments of `matplotlib.figure.Figure.text`, with the size of type.
        """
        width, height = room
        lines = max(1, int(height / (_LINE_HEIGHT * style["size"] * DPI / 72)))
        label = fit_label(label, width / DPI, style["size"], lines)
        self.write(x, y, label, **style)

    def put(self, image: npt.NDArray[np.uint8], scale: int, x: int, y: int) -> None:
        """Place an enlarged image.

        Args:
            image: uint8, (height, width, 1 or 3).
            scale: Pixels of the figure per side of an image pixel.
            x: Left edge, from the left.
            y: Lower edge, from the bottom.
        """
        enlarged = to_rgb(image).repeat(scale, axis=0).repeat(scale, axis=1)
        self.figure.figimage(enlarged, xo=x, yo=y, origin="upper")

    def area(self, x: float, y: float, width: float, height: float) -> Any:
        """Axes in a rectangle, given in pixels from the lower left."""
        return self.figure.add_axes(
            (
                *(x / self.width, y / self._height),
                *(width / self.width, height / self._height),
            )
        )


def scale_of(height: int) -> int:
    """The factor by which images of this height are enlarged."""
    return max(1, round(SIDE / height))
