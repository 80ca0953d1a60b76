"""Draw PSNR and SSIM against the strength of the noise, from docs/results.

    .venv/bin/python docs/tools/photo_by_sigma.py
        [--figure docs/images/photo_by_sigma.png]

The second panel shows the column "model minus it": by how much each method's mean PSNR
is below that of the model, with its interval of 95 %.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from results import PROJECT, read

from denoising_autoencoder.figures.rendering import as_png, house_style
from denoising_autoencoder.figures.style import (
    GREY,
    PAGE,
    SMALL,
    new_figure,
    put_title,
    series_styles,
    style_axes,
)

LABELS = {
    "model": "our model",
    "bm3d": "BM3D",
    "nlm": "non-local means (scikit-image)",
    "nlm_opencv": "non-local means (OpenCV)",
    "wavelet": "wavelets",
    "noisy": "noisy input",
}
FILTERS = [name for name in LABELS if name not in ("model", "noisy")]
TITLE = (
    "Photographs by the strength of the noise · ten pictures, four crops of 256x256 "
    "each, all methods told sigma"
)
APART = 0.8
TICKS = (5, 15, 25, 35, 50, 75)


def read_scores() -> pd.DataFrame:
    """The numbers of docs/results/photo_scores.csv: a row for each method and sigma."""
    table = read("photo_scores")
    ahead = table["model minus it, dB"].str.extract(r"(\S+) \[(\S+), (\S+)\]")
    return pd.DataFrame(
        {
            "sigma": table["sigma"].astype(float),
            "method": table["method"],
            "psnr": table["PSNR dB"].str.split().str[0].astype(float),
            "ssim": table["SSIM"].str.split().str[0].astype(float),
            **{
                name: -ahead[k].astype(float)
                for k, name in enumerate(("mean", "high", "low"))
            },
        }
    )


@house_style()
def draw(scores: pd.DataFrame) -> Figure:
    """PSNR, PSNR below the model's, and SSIM, each against sigma."""
    figure = new_figure(PAGE, 3.1, layout="constrained")
    put_title(figure, TITLE)
    absolute, relative, similarity = figure.subplots(1, 3)
    styles = dict(zip(LABELS, series_styles(len(LABELS)), strict=True))
    lines = []
    for name, label in LABELS.items():
        own, style = scores[scores["method"] == name], styles[name]
        how = {
            "color": GREY if name == "noisy" else style.color,
            "linestyle": style.dash,
            "marker": style.marker,
            "markersize": 3,
            "linewidth": 1.2,
        }
        lines += absolute.plot(own["sigma"], own["psnr"], label=label, **how)
        similarity.plot(own["sigma"], own["ssim"], **how)
        if name in FILTERS:
            spread = np.abs(own[["low", "high"]].to_numpy().T - own["mean"].to_numpy())
            # Side by side, or one interval would hide another.
            x = own["sigma"] + APART * (FILTERS.index(name) - 1.5)
            relative.errorbar(x, own["mean"], spread, capsize=2, **how)
    relative.axhline(0, color=styles["model"].color, linewidth=1.2)
    for axes, title in (
        (absolute, "PSNR, dB"),
        (relative, "PSNR minus the model's, dB, 95 %"),
        (similarity, "SSIM"),
    ):
        _finish(axes, title)
    figure.legend(
        handles=lines,
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=SMALL,
    )
    return figure


def _finish(axes: Axes, title: str) -> None:
    axes.set_xticks(TICKS)
    axes.set_xlabel("sigma of the noise, in levels of 255")
    style_axes(axes, title, PAGE / 3)


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--figure", type=Path, default=PROJECT / "docs/images/photo_by_sigma.png"
    )
    given = parser.parse_args()
    given.figure.write_bytes(as_png(draw(read_scores())))


if __name__ == "__main__":
    main()
