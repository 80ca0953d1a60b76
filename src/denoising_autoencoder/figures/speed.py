"""The figure of what methods give against what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter
from matplotlib.transforms import Bbox

from denoising_autoencoder.figures.style import (
    BLUE,
    GREY,
    PAGE,
    SMALL,
    TEXT,
    TITLE,
    VERMILION,
    in_lines,
    new_figure,
    plain,
)

_KINDS = ((BLUE, "o"), (VERMILION, "D"))

_CLEAR = 22
"""Screen pixels a side around a point that no label may enter."""

_DIRECTIONS = (
    *((1, 0, "left", "center"), (-1, 0, "right", "center")),
    *((0, 1, "center", "bottom"), (0, -1, "center", "top")),
    *((1, 1, "left", "bottom"), (-1, 1, "right", "bottom")),
    *((1, -1, "left", "top"), (-1, -1, "right", "top")),
)
"""Where a label may stand, the best first: across, up, and how it is aligned."""

_DISTANCES = (6, 12, 20, 30)
"""How far from its point, in points of type."""


@dataclass(frozen=True)
class Point:
    """What a method costs and what it gives.

    Attributes:
        label: Stands beside the point.
        milliseconds: For an image.
        psnr: dB.
    """

    label: str
    milliseconds: float
    psnr: float


def speed(
    points: Mapping[str, Sequence[Point]], floor: tuple[str, float], title: str
) -> Figure:
    """PSNR against the time for an image, which is drawn on a logarithmic scale.

    Args:
        points: By kind, which the legend names: two kinds at most.
        floor: Name and PSNR of what costs no time, drawn as a line.
        title: It states images and noise.
    """
    figure = new_figure(PAGE, 4.4)
    FigureCanvasAgg(figure)  # without which no text knows its size
    axes = figure.add_axes((0.1, 0.12, 0.86, 0.73))
    title = in_lines(title, 0.97 * PAGE, TITLE)
    figure.text(0.012, 0.985, title, va="top", size=TITLE, parse_math=False)
    for (kind, group), (color, marker) in zip(points.items(), _KINDS, strict=False):
        x, y = [point.milliseconds for point in group], [point.psnr for point in group]
        axes.plot(x, y, marker, color=color, markersize=5, label=kind)
    axes.set_xscale("log")
    axes.margins(x=0.16, y=0.12)
    name, psnr = floor
    axes.axhline(psnr, color=GREY, linewidth=1, linestyle="--")
    axes.text(
        *(0.01, psnr, name),
        transform=axes.get_yaxis_transform(),
        va="bottom",
        size=TEXT,
    )
    axes.set_xlabel("ms/image, on one core of the CPU")
    axes.set_ylabel("mean PSNR, dB")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    plain(axes)
    axes.legend(
        frameon=False, fontsize=TEXT, ncols=2, loc="lower right", bbox_to_anchor=(1, 1)
    )
    _label(axes, [point for group in points.values() for point in group])
    return figure


def _label(axes: Axes, points: Sequence[Point]) -> None:
    """Write each label at the first place around its point that is still free."""
    # Limits are found when they are asked for; before that no place on screen is right.
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    places = axes.transData.transform([(one.milliseconds, one.psnr) for one in points])
    taken = [
        Bbox.from_bounds(x - _CLEAR / 2, y - _CLEAR / 2, _CLEAR, _CLEAR)
        for x, y in places
    ]
    taken += [text.get_window_extent() for text in axes.texts]
    frame = axes.get_window_extent()
    for point in points:
        text = axes.annotate(
            point.label,
            (point.milliseconds, point.psnr),
            (0, 0),
            textcoords="offset points",
            fontsize=SMALL,
            parse_math=False,
        )
        for x, y, horizontal, vertical in _around():
            text.set_position((x, y))
            text.set(horizontalalignment=horizontal, verticalalignment=vertical)
            box = text.get_window_extent()
            inside = frame.containsx(box.x0) and frame.containsx(box.x1)
            inside = inside and frame.containsy(box.y0) and frame.containsy(box.y1)
            if inside and not any(box.overlaps(other) for other in taken):
                break
        taken.append(text.get_window_extent())


def _around() -> Iterator[tuple[float, float, str, str]]:
    for distance in _DISTANCES:
        for across, up, horizontal, vertical in _DIRECTIONS:
            yield across * distance, up * distance, horizontal, vertical
