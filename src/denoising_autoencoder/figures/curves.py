"""Curves: losses of a training, PSNR at other noise levels, its distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    LogLocator,
    MaxNLocator,
    NullFormatter,
    StrMethodFormatter,
)

from denoising_autoencoder.figures.panels import decibels
from denoising_autoencoder.figures.style import (
    BLUE,
    GREY,
    PAGE,
    SERIES,
    SMALL,
    VERMILION,
    legend,
    new_figure,
    plain,
    put_title,
)

_SPLITS = {"training": (BLUE, "-"), "validation": (VERMILION, "--")}


def loss_curves(histories: Sequence[tuple[str, pd.DataFrame]], title: str) -> Figure:
    """Training and validation MSE against the step, a panel for each history.

    Args:
        histories: Each with the panel's title before it: columns step, split, mse.
        title: Of the whole figure; it states the images.
    """
    figure = new_figure(PAGE, 2.7, layout="constrained")
    put_title(figure, title)
    panels = figure.subplots(1, len(histories), sharey=True, squeeze=False)[0]
    for panel, (name, history) in zip(panels, histories, strict=True):
        for split, (color, dash) in _SPLITS.items():
            curve = history[history["split"] == split]
            panel.plot(
                curve["step"],
                curve["mse"],
                color=color,
                linewidth=1.0,
                marker="o",
                markersize=1.8,
                linestyle=dash,
                label=f"{split}, at the end {curve['mse'].iloc[-1]:.4f}",
            )
        _log_axis(panel)
        _counting_axis(panel)
        panel.set_xlabel("step")
        legend(panel)
        plain(panel, name, inches=0.92 * PAGE / len(histories))
    panels[0].set_ylabel("MSE on the [-1, 1] scale")
    plain(panels[0])
    return figure


def overlaid_curves(runs: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """Training and validation MSE of several runs in one panel.

    Args:
        runs: By name: columns step, split, mse.
        title: It states model and images.
    """
    figure = new_figure(PAGE, 3.2, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    for (name, history), (color, _, marker) in zip(runs.items(), SERIES, strict=False):
        for split, (_, dash) in _SPLITS.items():
            curve = history[history["split"] == split]
            axes.plot(
                *(curve["step"], curve["mse"]),
                color=color,
                linestyle=dash,
                linewidth=1.0,
                marker=marker,
                markersize=1.8,
                label=f"{name}, {split}, at the end {curve['mse'].iloc[-1]:.4f}",
            )
    _log_axis(axes)
    _counting_axis(axes)
    axes.set_xlabel("step")
    axes.set_ylabel("MSE on the [-1, 1] scale")
    legend(axes)
    plain(axes)
    return figure


def psnr_by_sigma(
    curves: Mapping[str, pd.DataFrame],
    floor: pd.DataFrame,
    trained_at: float,
    title: str,
) -> Figure:
    """Mean PSNR against the standard deviation of the noise.

    Args:
        curves: By the name of the model: columns std, psnr.
        floor: The same of the untouched input.
        trained_at: The std at which all were trained, marked by a line.
        title: It states images and noise.
    """
    figure = new_figure(PAGE, 3.2, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    for (name, curve), (color, dash, marker) in zip(
        curves.items(), SERIES, strict=False
    ):
        axes.plot(
            *(curve["std"], curve["psnr"]),
            color=color,
            linestyle=dash,
            linewidth=1.2,
            marker=marker,
            markersize=3,
            label=name,
        )
    axes.plot(
        floor["std"], floor["psnr"], color=GREY, linewidth=1.0, label="untouched input"
    )
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
    axes.set_ylabel("mean PSNR, dB")
    legend(axes)
    plain(axes)
    return figure


def psnr_histogram(
    scores: Mapping[str, npt.NDArray[np.floating]], title: str
) -> Figure:
    """How the PSNR is spread over the images.

    Args:
        scores: By the name of the model: dB of each image; infinite ones are left out.
        title: It states images and noise.
    """
    figure = new_figure(PAGE, 2.6, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    finite = {name: psnr[np.isfinite(psnr)] for name, psnr in scores.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(finite.values())), bins=60)
    for (name, psnr), (color, dash, _) in zip(finite.items(), SERIES, strict=False):
        axes.hist(
            psnr,
            [float(edge) for edge in edges],
            histtype="step",
            color=color,
            linestyle=dash,
            linewidth=1.1,
            label=f"{name}, median {decibels(float(np.median(scores[name])))}",
        )
    axes.set_xlabel("PSNR of an image, dB")
    axes.set_ylabel("images")
    _counting_axis(axes, "y")
    legend(axes)
    plain(axes)
    return figure


def _log_axis(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _counting_axis(axes: Axes, which: str = "x") -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
