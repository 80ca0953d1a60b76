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
    """The settings of a method.

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

    Lines are mixtures of two settings, for some of the images each. They are straight
    on a linear axis, and so not quite on this one. Whole files are thin lines in the
    colour of their method.

    Args:
        curves: Curve of each method, by its name.
        title: Title that names the images.
    """
    figure = new_figure(PAGE, 3.6, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    series = []
    for (name, curve), style in zip(
        curves.items(), series_styles(len(curves)), strict=True
    ):
        look: dict[str, Any] = {"color": style.color, "linestyle": style.dash}
        bits, psnr = _mixtures(curve.bits, curve.psnr)
        series += axes.plot(
            *(bits, psnr),
            linewidth=1.2,
            marker=style.marker,
            markersize=3,
            markevery=np.flatnonzero(np.isin(bits, curve.bits)).tolist(),
            label=name,
            **look,
        )
        if curve.whole is not None:
            axes.plot(*_mixtures(curve.whole, curve.psnr), linewidth=0.6, **look)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    whole = any(curve.whole is not None for curve in curves.values())
    headers = "; thin lines: with the headers of the files" if whole else ""
    axes.set_xlabel(f"bits per pixel{headers}")
    axes.set_ylabel("mean PSNR, dB")
    add_legend(axes, series)
    style_axes(axes)
    return figure


def _mixtures(
    bits: npt.NDArray[np.float64], psnr: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The points of a curve, and between them what mixtures of two neighbours reach."""
    order = np.argsort(bits)
    between = np.geomspace(bits.min(), bits.max(), 200)
    rates = np.unique(np.concatenate([bits, between]))
    return rates, np.interp(rates, bits[order], psnr[order])
