"""Curves: losses of a training, PSNR at other noise levels, its distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import (
    LogLocator,
    MaxNLocator,
    NullFormatter,
    StrMethodFormatter,
)

from denoising_autoencoder.figures.panels import decibels
from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.style import (
    BLUE,
    GREY,
    PAGE,
    SMALL,
    VERMILION,
    add_legend,
    new_figure,
    put_title,
    series_styles,
    style_axes,
)

_SPLITS = {"training": (BLUE, "-"), "validation": (VERMILION, "--")}

_MOST_COLUMNS = 3
"""Panels in a row of loss curves: narrower ones have no room for their legends."""

_LOSS_LABEL = "MSE on the [-1, 1] scale"


@house_style()
def loss_curves(histories: Sequence[tuple[str, pd.DataFrame]], title: str) -> Figure:
    """Training and validation MSE against the step, a panel for each history.

    Args:
        histories: Title of the panel and table (columns step, split, mse) of each.
        title: Title of the whole figure; it names the images.
    """
    rows = math.ceil(len(histories) / _MOST_COLUMNS)
    columns = math.ceil(len(histories) / rows)
    figure = new_figure(PAGE, 0.3 + 2.4 * rows, layout="constrained")
    put_title(figure, title)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    count = len(histories)
    for spare in grid.flat[count:]:
        figure.delaxes(spare)
    for panel, (name, history) in zip(grid.flat[:count], histories, strict=True):
        for split, (color, dash) in _SPLITS.items():
            curve = history[history["split"] == split]
            _plot_losses(panel, curve, split, color=color, linestyle=dash)
        _finish_losses(panel)
        style_axes(panel, name, inches=0.88 * PAGE / columns)
    for first in grid[:, 0]:
        first.set_ylabel(_LOSS_LABEL)
        style_axes(first)
    return figure


@house_style()
def psnr_by_sigma(
    curves: Mapping[str, pd.DataFrame],
    floor: pd.DataFrame,
    trained_at: float,
    title: str,
    measure: str = "mean PSNR",
) -> Figure:
    """PSNR against the standard deviation of the noise.

    Args:
        curves: Table (columns std, psnr) of each denoiser, by name.
        floor: The same table for the untouched input.
        trained_at: Standard deviation at which all were trained; a line marks it.
        title: Title that names the images and the noise.
        measure: What the tables' PSNR is.
    """
    figure = new_figure(PAGE, 3.2, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    styles = series_styles(len(curves))
    for (name, curve), style in zip(curves.items(), styles, strict=True):
        axes.plot(
            *(curve["std"], curve["psnr"]),
            color=style.color,
            linestyle=style.dash,
            linewidth=1.2,
            marker=style.marker,
            markersize=3,
            label=name,
        )
    axes.plot(
        floor["std"], floor["psnr"], color=GREY, linewidth=1.0, label="untouched input"
    )
    series = list(axes.lines)
    axes.axvline(trained_at, color=GREY, linewidth=0.8, linestyle=":")
    axes.annotate(
        "trained here",
        (trained_at, 0.985),
        (3, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        size=SMALL,
        color=GREY,
    )
    axes.set_xlabel("standard deviation of the noise, on the [-1, 1] scale")
    axes.set_ylabel(f"{measure}, dB")
    add_legend(axes, series)
    style_axes(axes)
    return figure


@house_style()
def psnr_histogram(
    scores: Mapping[str, npt.NDArray[np.floating]], title: str
) -> Figure:
    """The distribution of the PSNR over the images.

    Args:
        scores: PSNR of each image in dB, by the name of the denoiser. Infinite ones,
            of exact images, are only counted, in the legend.
        title: Title that names the images and the noise.
    """
    figure = new_figure(PAGE, 2.6, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    finite = {name: psnr[np.isfinite(psnr)] for name, psnr in scores.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(finite.values())), bins=60)
    styles = series_styles(len(finite))
    for (name, psnr), style in zip(finite.items(), styles, strict=True):
        axes.hist(
            psnr,
            [float(edge) for edge in edges],
            histtype="step",
            color=style.color,
            linestyle=style.dash,
            linewidth=1.1,
            label=_in_legend(name, scores[name]),
        )
    undrawn = any(np.isinf(psnr).any() for psnr in scores.values())
    rest = "; exact images are not drawn" if undrawn else ""
    axes.set_xlabel(f"PSNR of an image, dB{rest}")
    axes.set_ylabel("images")
    _count_on(axes.yaxis)
    add_legend(axes, axes.patches)
    style_axes(axes)
    return figure


def _in_legend(name: str, psnr: npt.NDArray[np.floating]) -> str:
    exact = int(np.isinf(psnr).sum())
    median = f"{name}, median {decibels(float(np.median(psnr)))}"
    return f"{median}, {exact:,} exact" if exact else median


def _plot_losses(axes: Axes, curve: pd.DataFrame, split: str, **look: Any) -> None:
    label = f"{split}, at the end {curve['mse'].iloc[-1]:.4f}"
    look |= {"linewidth": 1.0, "marker": "o", "markersize": 1.8}
    axes.plot(curve["step"], curve["mse"], label=label, **look)


def _finish_losses(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    _count_on(axes.xaxis)
    axes.set_xlabel("step")
    add_legend(axes, axes.lines)


def _count_on(axis: Axis) -> None:
    """Label an axis with a few whole numbers."""
    axis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
