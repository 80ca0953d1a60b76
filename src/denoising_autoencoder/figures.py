"""Every figure, drawn without pyplot: no global state, no window system.

Colours are Okabe and Ito's, which people with colour-blindness tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import (
    LogLocator,
    MaxNLocator,
    NullFormatter,
    StrMethodFormatter,
)

from denoising_autoencoder.images import UInt8Images

_DPI = 150
_COLORS = {"training": "#0072B2", "validation": "#D55E00"}
_GREY = "#555555"

# Layout of image rows, in screen pixels, so that every image pixel covers a whole
# number of them.
_SIDE, _GAP, _LABEL, _CAPTION = 128, 12, 190, 30
_LEAST_COLUMN = 84  # of a caption below a narrow image
_LEAST_PANEL = 168  # of a label above one
_LEAST_WIDTH, _LINE, _CHARACTER = 900, 28, 13  # of the title


@dataclass(frozen=True)
class ImageRow:
    """One row of images.

    Attributes:
        label: Stands at the left.
        images: uint8, (n, height, width, 3).
        psnr: dB of each image, printed under it.
    """

    label: str
    images: UInt8Images
    psnr: Iterable[float] | None = None


def image_rows(rows: Sequence[ImageRow], title: str) -> Figure:
    """Rows of images, one under the other, each pixel as it is.

    Args:
        rows: With the same number of images of the same size.
        title: It states images and noise; broken into lines where it is too long.
    """
    count, height, width = rows[0].images.shape[:3]
    scale = max(1, round(_SIDE / height))
    height, width = height * scale, width * scale
    column = max(width, _LEAST_COLUMN)
    # The left edge of each image, in the middle of its column.
    edges = [
        _LABEL + index * (column + _GAP) + (column - width) // 2
        for index in range(count)
    ]
    total_width = max(_LEAST_WIDTH, _LABEL + count * (column + _GAP) + _GAP)
    title = fill(title, (total_width - 2 * _GAP) // _CHARACTER)
    title_height = _LINE * len(title.splitlines()) + 2 * _GAP
    captions = _CAPTION * sum(row.psnr is not None for row in rows)
    total_height = title_height + (height + _GAP) * len(rows) + captions + _GAP
    figure = Figure(figsize=(total_width / _DPI, total_height / _DPI), dpi=_DPI)

    def write(x: float, y: float, text: str, **style: Any) -> None:
        where = (x / total_width, y / total_height)
        figure.text(*where, text, va="center", parse_math=False, **style)

    write(_GAP, total_height - title_height / 2, title, size=11)
    bottom = total_height - title_height
    for row in rows:
        bottom -= height
        write(_GAP, bottom + height / 2, row.label, size=10.5)
        for edge, image in zip(edges, row.images, strict=True):
            enlarged = image.repeat(scale, axis=0).repeat(scale, axis=1)
            figure.figimage(enlarged, xo=edge, yo=bottom, origin="upper")
        if row.psnr is not None:
            bottom -= _CAPTION
            for edge, psnr in zip(edges, row.psnr, strict=True):
                middle = (edge + width / 2, bottom + _CAPTION / 2)
                write(*middle, f"{psnr:.1f} dB", ha="center", size=9, color=_GREY)
        bottom -= _GAP
    return figure


def loss_curves(histories: Sequence[tuple[str, pd.DataFrame]], title: str) -> Figure:
    """Training and validation MSE against the step, a panel for each history.

    Args:
        histories: Each with the panel's title before it: columns step, split, mse.
        title: Of the whole figure; it states the images.
    """
    figure = Figure(figsize=(5.2 * len(histories), 3.9), dpi=_DPI, layout="constrained")
    # No formulas: a dollar sign in a user's name for images is a dollar sign.
    figure.suptitle(title, x=0.012, ha="left", size=11, parse_math=False)
    panels = figure.subplots(1, len(histories), sharey=True, squeeze=False)[0]
    for panel, (name, history) in zip(panels, histories, strict=True):
        for split, color in _COLORS.items():
            curve = history[history["split"] == split]
            last = curve["mse"].iloc[-1]
            panel.plot(
                curve["step"],
                curve["mse"],
                color=color,
                linewidth=1.5,
                marker="o",
                markersize=2.5,
                linestyle="-" if split == "training" else "--",
                label=f"{split}, at the end {last:.4f}",
            )
        panel.set_title(name, size=8.5, loc="left", parse_math=False)
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        panel.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        panel.set_xlabel("step")
        panel.grid(color="#dddddd", linewidth=0.6)
        panel.legend(frameon=False, fontsize=9)
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    panels[0].set_ylabel("MSE on the [-1, 1] scale")
    return figure


@dataclass(frozen=True)
class Panel:
    """One image among others.

    Attributes:
        label: Stands above it.
        image: uint8, (height, width, 3).
        psnr: dB, printed under it.
    """

    label: str
    image: npt.NDArray[np.uint8]
    psnr: float | None = None


def image_panels(panels: Sequence[Panel], title: str, columns: int = 5) -> Figure:
    """One image in many forms, each pixel as it is.

    Args:
        panels: With images of the same size.
        title: It states image and noise; broken into lines where it is too long.
        columns: Panels a row.
    """
    height, width = panels[0].image.shape[:2]
    scale = max(1, round(_SIDE / height))
    height, width = height * scale, width * scale
    column = max(width, _LEAST_PANEL)
    row = height + 2 * _CAPTION + _GAP
    rows = math.ceil(len(panels) / columns)
    total_width = max(_LEAST_WIDTH, columns * (column + _GAP) + _GAP)
    title = fill(title, (total_width - 2 * _GAP) // _CHARACTER)
    title_height = _LINE * len(title.splitlines()) + 2 * _GAP
    total_height = title_height + rows * row
    figure = Figure(figsize=(total_width / _DPI, total_height / _DPI), dpi=_DPI)

    def write(x: float, y: float, text: str, **style: Any) -> None:
        where = (x / total_width, y / total_height)
        figure.text(*where, text, va="center", parse_math=False, **style)

    write(_GAP, total_height - title_height / 2, title, size=11)
    for index, panel in enumerate(panels):
        down, across = divmod(index, columns)
        middle = _GAP + across * (column + _GAP) + column / 2
        top = total_height - title_height - down * row
        bottom = top - _CAPTION - height
        write(middle, top - _CAPTION / 2, panel.label, ha="center", size=9)
        enlarged = panel.image.repeat(scale, axis=0).repeat(scale, axis=1)
        figure.figimage(enlarged, xo=round(middle - width / 2), yo=bottom)
        if panel.psnr is not None:
            caption = f"{panel.psnr:.1f} dB"
            where = (middle, bottom - _CAPTION / 2)
            write(*where, caption, ha="center", size=9, color=_GREY)
    return figure
