"""PSNR of compressed images against their size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.style import (
    PAGE,
    add_legend,
    new_figure,
    put_title,
    series_styles,
    style_axes,
)


@dataclass(frozen=True)
class RateCurve:
    """The settings of a method, by rising rate.

    Attributes:
        bits: (n,) bits per pixel, without headers, above 0.
        psnr: (n,) PSNR in dB.
        whole: (n,) bits per pixel of the whole files; None if there are no headers.
    """

    bits: npt.NDArray[np.float64]
    psnr: npt.NDArray[np.float64]
    whole: npt.NDArray[np.float64] | None = None


@house_style()
def rates(curves: Mapping[str, RateCurve], title: str) -> Figure:
    """PSNR against bits per pixel, on a logarithmic axis.

    Whole files are thin lines in the colour of their method.

    Args:
        curves: Curve of each method, by its name.
        title: Title that names the images.
    """
    figure = new_figure(PAGE, 3.6, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    for (name, curve), style in zip(
        curves.items(), series_styles(len(curves)), strict=True
    ):
        look: dict[str, Any] = {"color": style.color, "marker": style.marker}
        axes.plot(
            *(curve.bits, curve.psnr),
            linestyle=style.dash,
            linewidth=1.2,
            markersize=3,
            label=name,
            **look,
        )
        if curve.whole is not None:
            axes.plot(
                *(curve.whole, curve.psnr),
                linestyle=style.dash,
                linewidth=0.6,
                markersize=2,
                markerfacecolor="white",
                markeredgewidth=0.6,
                label=f"{name}, with its headers",
                **look,
            )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("bits per pixel")
    axes.set_ylabel("mean PSNR, dB")
    add_legend(axes, axes.lines)
    style_axes(axes)
    return figure
