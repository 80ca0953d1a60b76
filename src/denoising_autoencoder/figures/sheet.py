"""A figure that is laid out in screen pixels, for images whose pixels stay squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.figures.style import DPI, TITLE, in_lines, new_figure

SIDE, GAP, CAPTION = 128, 8, 28
"""Pixels: the side of an image, about; between two; the height of a line below one."""

LABEL = 160
"""Pixels: the width of the labels at the left."""

_LINE = 30
"""Pixels: the height of a line of the title."""

_LEAST_WIDTH = 900


class Sheet:
    """Paper on which images and texts are put, from a corner in screen pixels.

    Every image pixel covers a whole number of screen pixels: nothing is interpolated.

    Args:
        width: Of what is put on it, at least; pixels.
        height: Without the title.
        title: It states images and noise; broken into lines where it is too long.

    Attributes:
        figure: The figure.
        width: Pixels.
        top: The lower edge of the title, in pixels from below.
    """

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width = max(_LEAST_WIDTH, width)
        title = in_lines(title, (self.width - 2 * GAP) / DPI, TITLE)
        self.top = height
        self._height = height + _LINE * len(title.splitlines()) + 2 * GAP
        # A little more than the pixels, which are rounded down.
        self.figure = new_figure((self.width + 0.01) / DPI, (self._height + 0.01) / DPI)
        self.write(GAP, (height + self._height) / 2, title, size=TITLE)

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write a text: x from the left, y, its middle, from below."""
        where = (x / self.width, y / self._height)
        # No formulas: a dollar sign in a user's name for images is a dollar sign.
        self.figure.text(*where, text, va="center", parse_math=False, **style)

    def put(self, image: npt.NDArray[np.uint8], scale: int, x: int, y: int) -> None:
        """Put an image, enlarged by a whole number, with its lower left corner there.

        Args:
            image: uint8, (height, width, 3).
            scale: Screen pixels a side of each pixel.
            x: From the left.
            y: From below.
        """
        enlarged = image.repeat(scale, axis=0).repeat(scale, axis=1)
        self.figure.figimage(enlarged, xo=x, yo=y, origin="upper")

    def area(self, x: float, y: float, width: float, height: float) -> Any:
        """Axes in a rectangle."""
        return self.figure.add_axes(
            (
                *(x / self.width, y / self._height),
                *(width / self.width, height / self._height),
            )
        )


def scale_of(height: int) -> int:
    """By how much images of so many pixels are enlarged."""
    return max(1, round(SIDE / height))
