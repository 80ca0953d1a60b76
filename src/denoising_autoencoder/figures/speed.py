"""PSNR of methods against the time that they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter
from matplotlib.transforms import Bbox

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.style import (
    GREY,
    MARGIN,
    PAGE,
    SMALL,
    TEXT,
    TITLE,
    fit_label,
    new_figure,
    series_styles,
    style_axes,
    wrap_text,
)

_CLEAR = 22
"""Pixels: side of the square around a point that labels must not enter."""

_DIRECTIONS = (
    *((1, 0, "left", "center"), (-1, 0, "right", "center")),
    *((0, 1, "center", "bottom"), (0, -1, "center", "top")),
    *((1, 1, "left", "bottom"), (-1, 1, "right", "bottom")),
    *((1, -1, "left", "top"), (-1, -1, "right", "top")),
)
"""Where a label may be, the best place first: across, up, and its alignment."""

_DISTANCES = (6, 12, 20, 30)
"""Distances of a label from its point, in points of type."""

_LABEL_WIDTH = 1.8
"""Inches: largest width of a label."""

_LEGEND_COLUMNS = 4

_HEIGHT, _TITLE_LINES, _TITLE_LINE = 4.4, 2, 0.14
"""Inches: height with a title of two lines; height of each further line."""


@dataclass(frozen=True)
class Point:
    """The cost and the quality of a method.

    Attributes:
        label: Text beside the point.
        milliseconds: Time per image.
        psnr: PSNR in dB.
    """

    label: str
    milliseconds: float
    psnr: float


@house_style()
def speed(
    points: Mapping[str, Sequence[Point]],
    floor: tuple[str, float],
    title: str,
    measure: str = "mean PSNR",
) -> Figure:
    """PSNR against the time per image, on a logarithmic axis.

    Args:
        points: Points by kind of method; the legend names the kinds.
        floor: Name and PSNR of what takes no time, drawn as a line.
        title: Title that names the images and the noise.
        measure: What the PSNR of the points is.
    """
    title = wrap_text(title, 0.97 * PAGE, TITLE)
    height = _HEIGHT + _TITLE_LINE * max(0, len(title.splitlines()) - _TITLE_LINES)
    share = _HEIGHT / height
    figure = new_figure(PAGE, height)
    FigureCanvasAgg(figure)  # without it no text knows its size
    axes = figure.add_axes((0.1, 0.12 * share, 0.86, 0.73 * share))
    figure.text(MARGIN, 1 - 0.015 * share, title, va="top", size=TITLE)
    styles = series_styles(len(points))
    for (kind, group), style in zip(points.items(), styles, strict=True):
        x, y = [point.milliseconds for point in group], [point.psnr for point in group]
        axes.plot(x, y, style.marker, color=style.color, markersize=5, label=kind)
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
    axes.set_ylabel(f"{measure}, dB")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    style_axes(axes)
    axes.legend(
        frameon=False,
        fontsize=TEXT,
        ncols=min(len(points), _LEGEND_COLUMNS),
        loc="lower right",
        bbox_to_anchor=(1, 1),
    )
    _label(axes, [point for group in points.values() for point in group])
    return figure


def _label(axes: Axes, points: Sequence[Point]) -> None:
    """Write each label at the first place around its point that is still free."""
    # Limits are computed when they are asked for; places on screen depend on them.
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    places = axes.transData.transform([(p.milliseconds, p.psnr) for p in points])
    taken = [
        Bbox.from_bounds(x - _CLEAR / 2, y - _CLEAR / 2, _CLEAR, _CLEAR)
        for x, y in places
    ]
    taken += [text.get_window_extent() for text in axes.texts]
    frame = axes.get_window_extent()
    for point in points:
        text = axes.annotate(
            fit_label(point.label, _LABEL_WIDTH, SMALL),
            (point.milliseconds, point.psnr),
            (0, 0),
            textcoords="offset points",
            fontsize=SMALL,
        )
        for x, y, horizontal, vertical in _places_around():
            text.set_position((x, y))
            text.set(horizontalalignment=horizontal, verticalalignment=vertical)
            box = text.get_window_extent()
            inside = frame.containsx(box.x0) and frame.containsx(box.x1)
            inside = inside and frame.containsy(box.y0) and frame.containsy(box.y1)
            if inside and not any(box.overlaps(other) for other in taken):
                break
        taken.append(text.get_window_extent())


def _places_around() -> Iterator[tuple[float, float, str, str]]:
    for distance in _DISTANCES:
        for across, up, horizontal, vertical in _DIRECTIONS:
            yield across * distance, up * distance, horizontal, vertical
