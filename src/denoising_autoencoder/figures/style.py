"""How every figure looks: type, sizes, colours, dashes and markers.

A figure is as wide as a journal page of two columns, and its smallest type has more
than six points there. Figures are drawn without pyplot: no global state, no window.
Colours come from Okabe and Ito, who chose them so that people with colour-blindness can
tell them apart; whatever differs by colour also differs by dash or marker.
"""

from __future__ import annotations

import re
from textwrap import fill
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAGE = 7.1
"""Inches: the width of a page of two columns (180 mm)."""

DPI = 216
"""Pixels per inch. A page is about 1,530 pixels wide: it fits a screen as a whole, and
it can be shown there at twice the size of its print."""

TITLE, TEXT, SMALL = 8.0, 7.0, 6.5
"""Sizes of type, in points."""

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY_BLUE, BLACK = "#E69F00", "#56B4E9", "#000000"
GREY, GRID = "#555555", "#dddddd"

# No two of these lengths have a common factor, so that pairs repeat late.
_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)
_DASHES = ("-", "--", "-.", ":", (0, (7, 2, 1, 2, 1, 2)))
_MARKERS = ("o", "D", "s", "^", "v", "P", "X", "*", "<", ">", "p")

_LETTER_WIDTH = 0.52
"""Mean width of a letter, as a share of the size of the type."""

_NO_BREAK = "\N{NO-BREAK SPACE}"

_MOST_INSIDE = 5
"""Names in a legend inside of the axes: more would cover the curves."""

_OUTSIDE_WIDTH = 2.1
"""Inches: largest width of the names in a legend beside the axes."""


class SeriesStyle(NamedTuple):
    """How one series is drawn."""

    color: str
    dash: str | tuple[int, tuple[int, ...]]
    marker: str


def series_styles(count: int) -> list[SeriesStyle]:
    """A style for each of any number of series.

    Colour and dash together are different for 35 series, colour and marker for 77; the
    styles repeat after that.

    Args:
        count: Number of series.
    """
    return [
        SeriesStyle(
            _COLORS[index % len(_COLORS)],
            _DASHES[index % len(_DASHES)],
            _MARKERS[index % len(_MARKERS)],
        )
        for index in range(count)
    ]


def wrap_text(text: str, inches: float, size: float) -> str:
    """Break a text into lines of limited width, but not inside of square brackets.

    Args:
        text: Text; its own line breaks stay.
        inches: Largest width of a line.
        size: Size of the type, in points.
    """
    width = max(1, int(inches * 72 / (_LETTER_WIDTH * size)))
    unbroken = re.sub(r"\[.*?]", lambda found: found[0].replace(" ", _NO_BREAK), text)
    lines = "\n".join(fill(line, width) for line in unbroken.splitlines())
    return lines.replace(_NO_BREAK, " ")


def put_title(figure: Figure, title: str) -> None:
    """Write a title at the upper left of a figure.

    Args:
        figure: Figure with a constrained layout, which makes room for the title.
        title: Title; it is wrapped if it is too long for one line.
    """
    lines = wrap_text(title, figure.get_figwidth(), TITLE)
    # No formulas: a dollar sign in a user's name for images is a dollar sign.
    figure.suptitle(lines, x=0.012, ha="left", size=TITLE, parse_math=False)


def style_axes(axes: Axes, title: str | None = None, inches: float = PAGE) -> None:
    """Give axes a fine grid, two spines and small type.

    Args:
        axes: Axes that have their labels already.
        title: Title at their upper left.
        inches: Width of the axes, at which the title is wrapped.
    """
    axes.grid(color=GRID, linewidth=0.5)
    axes.tick_params(labelsize=TEXT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(TEXT)
    if title is not None:
        lines = wrap_text(title, inches, TEXT)
        axes.set_title(lines, size=TEXT, loc="left", parse_math=False)


def add_legend(axes: Axes) -> None:
    """Name the series, without a frame and without formulas.

    Args:
        axes: Axes of a figure with a constrained layout. A long legend goes to their
            right, where the layout makes room for it.
    """
    outside = len(axes.get_legend_handles_labels()[1]) > _MOST_INSIDE
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
    drawn = axes.legend(frameon=False, fontsize=SMALL, **(place if outside else {}))
    for text in drawn.get_texts():
        text.set_parse_math(False)
        if outside:
            text.set_text(wrap_text(text.get_text(), _OUTSIDE_WIDTH, SMALL))


def new_figure(width: float, height: float, **options: Any) -> Figure:
    """An empty figure.

    Args:
        width: Width in inches.
        height: Height in inches.
        options: Further arguments of `matplotlib.figure.Figure`.
    """
    return Figure(figsize=(width, height), dpi=DPI, **options)
