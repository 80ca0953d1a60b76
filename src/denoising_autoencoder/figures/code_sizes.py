"""PSNR against the size of the code, and the differences with their intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, StrMethodFormatter

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.style import (
    BLACK,
    GREY,
    PAGE,
    add_legend,
    new_figure,
    put_title,
    series_styles,
    style_axes,
)

_LABEL = "numbers in a code"


@house_style()
def psnr_by_code_size(
    curves: Mapping[str, pd.DataFrame],
    differences: pd.DataFrame,
    compared: str,
    title: str,
) -> Figure:
    """PSNR against the size of the code, and beside it how far two curves are apart.

    Args:
        curves: Table (columns code_size, psnr in dB) of each method, by name.
        differences: Table with code_size, and difference, low and high in dB; low and
            high may be NaN.
        compared: What the differences are, for the label of their axis.
        title: Title that names the images.
    """
    figure = new_figure(PAGE, 2.9, layout="constrained")
    put_title(figure, title)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.08})
    for (name, curve), style in zip(
        curves.items(), series_styles(len(curves)), strict=True
    ):
        curve = curve.sort_values("code_size")
        left.plot(
            *(curve["code_size"], curve["psnr"]),
            color=style.color, linestyle=style.dash, linewidth=1.2,
            marker=style.marker, markersize=3.5, label=name,
        )  # fmt: skip
    left.set_ylabel("mean PSNR, dB")
    add_legend(left, left.lines)
    _plot_differences(right, differences.sort_values("code_size"))
    right.set_ylabel(f"{compared}, dB")
    for axes in (left, right):
        _put_sizes(axes, differences["code_size"].to_numpy())
        axes.set_xlabel(_LABEL)
        style_axes(axes)
    return figure


def _plot_differences(axes: Axes, differences: pd.DataFrame) -> None:
    middle = differences["difference"]
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.errorbar(
        *(differences["code_size"], middle),
        yerr=differences[["low", "high"]].sub(middle, axis=0).abs().to_numpy().T,
        color=BLACK, linewidth=0.8, marker="o", markersize=3.5, capsize=3,
        elinewidth=1.0,
    )  # fmt: skip
    axes.margins(y=0.15)


def _put_sizes(axes: Axes, sizes: np.ndarray) -> None:
    """Label a logarithmic axis with the sizes that there are."""
    axes.set_xscale("log", base=2)
    axes.set_xticks(np.unique(sizes))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
