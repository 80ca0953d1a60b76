"""How every figure looks: for a page, on paper as on a screen.

Sizes are those of a journal's page of two columns: a figure is as wide as it, and no
letter is below six points there. Drawn without pyplot: no global state, no window
system. Colours are Okabe and Ito's, which people with colour-blindness tell apart; what
differs by colour also differs by a dash or a marker.
"""

from __future__ import annotations

import io
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAGE = 7.1
"""Inches: the width of a page of two columns (180 mm)."""

DPI = 216
"""Screen pixels an inch: a page is some 1,530 of them wide, so that it can be looked at
on the whole of a screen, or at twice the size of its print."""

TITLE, TEXT, SMALL = 8.0, 7.0, 6.5
"""Sizes of type, in points."""

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY, GRID = "#555555", "#dddddd"

SERIES = (
    *((BLUE, "-", "o"), (VERMILION, "--", "D")),
    *((GREEN, "-.", "s"), (PURPLE, ":", "^")),
)
"""Colour, dash and marker of the first series, the second and so on."""

_CHARACTER = 0.52
"""Mean width of a letter, as a share of the size of the type."""


def in_lines(text: str, inches: float, size: float) -> str:
    """Break a text into lines that are no wider than so many inches.

    Args:
        text: Whose own lines stay.
        inches: For each line.
        size: Of the type, in points.
    """
    width = max(1, int(inches * 72 / (_CHARACTER * size)))
    return "\n".join(fill(line, width) for line in text.splitlines())


def put_title(figure: Figure, title: str) -> None:
    """Write a title at the upper left of a figure with a constrained layout.

    Args:
        figure: Makes room for it.
        title: Broken into lines where it is too long.
    """
    lines = in_lines(title, figure.get_figwidth(), TITLE)
    # No formulas: a dollar sign in a user's name for images is a dollar sign.
    figure.suptitle(lines, x=0.012, ha="left", size=TITLE, parse_math=False)


def plain(axes: Axes, title: str | None = None, inches: float = PAGE) -> None:
    """Give axes a fine grid, two spines and small type.

    Args:
        axes: With their labels.
        title: At their upper left.
        inches: Their width, for the lines of the title.
    """
    axes.grid(color=GRID, linewidth=0.5)
    axes.tick_params(labelsize=TEXT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(TEXT)
    if title is not None:
        lines = in_lines(title, inches, TEXT)
        axes.set_title(lines, size=TEXT, loc="left", parse_math=False)


def legend(axes: Axes) -> None:
    """Name the series, without a frame and without formulas."""
    for text in axes.legend(frameon=False, fontsize=SMALL).get_texts():
        text.set_parse_math(False)


def as_png(figure: Figure) -> bytes:
    """The bytes of a figure as a PNG, the same for equal figures.

    Also for a notebook: IPython shows no figure that has no axes, as rows of images.
    """
    file = io.BytesIO()
    # Without the name and version of the program that wrote it.
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def new_figure(width: float, height: float, **options: Any) -> Figure:
    """A figure of so many inches.

    Args:
        width: In inches.
        height: In inches.
        options: Of `matplotlib.figure.Figure`.
    """
    return Figure(figsize=(width, height), dpi=DPI, **options)
