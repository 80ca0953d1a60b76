"""How every figure looks: type, sizes, colours, dashes and markers.

A figure is as wide as a journal page of two columns, and its smallest type has more
than six points there. Figures are drawn without pyplot: no global state, no window.
Colours come from Okabe and Ito, who chose them so that people with colour-blindness can
tell them apart; whatever differs by colour also differs by dash or marker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import fill
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from denoising_autoencoder.figures.fonts import drawable, font_families

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

MARGIN = 0.012
"""Free space at the left of a title, as a share of the figure's width."""

_LETTER_WIDTH = 0.52
"""Mean width of a letter, as a share of the size of the type."""

_NO_BREAK = "\N{NO-BREAK SPACE}"

MOST_LINES = 5
"""Lines of a title. With a name of 300 letters it has four."""

_MOST_INSIDE = 5
"""Names in a legend inside of the axes: more would cover the curves."""

_INSIDE_WIDTH = 3.0
"""Inches: largest width of a name in a legend inside of the axes."""

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


def wrap_text(text: str, inches: float, size: float, lines: int = MOST_LINES) -> str:
    """Break a text into lines of limited width, but not inside of square brackets.

    Characters that no font has are replaced (see `drawable`).

    Args:
        text: Text; its own line breaks stay.
        inches: Largest width of a line.
        size: Size of the type, in points.
        lines: Largest number of lines. The middle of a longer text is left out, because
            names are told apart by their ends as well.
    """
    text = drawable(text)
    letters = max(1, int(inches * 72 / (_LETTER_WIDTH * size)))
    while True:
        wrapped = _wrap(text, letters, lines)
        widest = max((_inches(line, size) for line in wrapped), default=0.0)
        if widest <= inches or letters == 1:
            return "\n".join(wrapped)
        letters = max(1, min(letters - 1, int(letters * inches / widest)))


def fit_label(label: str, inches: float, size: float, lines: int = 1) -> str:
    """Wrap a label only if it is too wide for one line.

    Args:
        label: Text in one line.
        inches: Largest width.
        size: Size of the type, in points.
        lines: Largest number of lines; see `wrap_text`.
    """
    label = drawable(label)
    if _inches(label, size) <= inches:
        return label
    return wrap_text(label, inches, size, lines)


def put_title(figure: Figure, title: str) -> None:
    """Write a title at the upper left of a figure.

    Args:
        figure: Figure with a constrained layout, which makes room for the title.
        title: Title; it is wrapped if it is too long for one line.
    """
    room = (1 - 2 * MARGIN) * figure.get_figwidth()
    lines = wrap_text(title, room, TITLE)
    figure.suptitle(lines, x=MARGIN, ha="left", size=TITLE)


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
        axes.set_title(lines, size=TEXT, loc="left")


def add_legend(axes: Axes, series: Sequence[Artist]) -> None:
    """Name the series, without a frame.

    Args:
        axes: Axes of a figure with a constrained layout. A long legend goes to their
            right, where the layout makes room for it.
        series: Lines and outlines, each with the name of its series as its label.
    """
    names = [drawable(str(artist.get_label())) for artist in series]
    outside = len(names) > _MOST_INSIDE or any(
        _inches(name, SMALL) > _INSIDE_WIDTH for name in names
    )
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
    numbers = [str(number) for number in range(len(names))]
    drawn = axes.legend(
        series, numbers, frameon=False, fontsize=SMALL, **(place if outside else {})
    )
    # Matplotlib would leave out a name that begins with an underscore.
    for text, name in zip(drawn.get_texts(), names, strict=True):
        text.set_text(
            wrap_text(name, _OUTSIDE_WIDTH, SMALL, lines=2) if outside else name
        )


def new_figure(width: float, height: float, **options: Any) -> Figure:
    """An empty figure.

    Args:
        width: Width in inches.
        height: Height in inches.
        options: Further arguments of `matplotlib.figure.Figure`.
    """
    return Figure(figsize=(width, height), dpi=DPI, **options)


def _wrap(text: str, letters: int, most: int) -> list[str]:
    """The lines of a text, without its middle if there would be too many."""
    lines = _fill(text, letters)
    kept = min(len(text), letters * most)
    while len(lines) > most and kept > 1:
        end = kept // 3
        lines = _fill(f"{text[: kept - end]}…{text[len(text) - end :]}", letters)
        kept -= 1 + kept // 50
    return lines


def _fill(text: str, letters: int) -> list[str]:
    unbroken = re.sub(r"\[.*?]", lambda found: found[0].replace(" ", _NO_BREAK), text)
    lines = "\n".join(fill(line, letters) for line in unbroken.splitlines())
    return lines.replace(_NO_BREAK, " ").splitlines()


def _inches(line: str, size: float) -> float:
    """The width of a line on paper."""
    font = FontProperties(family=[*font_families()], size=size)
    points, _, _ = text_to_path.get_text_width_height_descent(line, font, ismath=False)
    return float(points) / 72
