"""Nodes that draw the figures of the baselines.

Each takes the titles of the noisy lanes by keyword, such as `dae="DAE"`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.evaluation.exact import MEASURES, ranking, shown_psnr
from denoising_autoencoder.images import UInt8Images
from denoising_autoencoder.pipelines.baselines.methods import (
    ENSEMBLE,
    FILTER_NAMES,
    NOISY,
    WIENER,
)

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and only the
# functions that draw import Matplotlib.
Figure = Any

LABELS = {
    NOISY: "noisy input",
    **{name: kind.label for name, kind in FILTERS.items()},
    WIENER: "Wiener",
}
"""Labels of the methods that are not lanes."""


def plot_example(
    images: dict[str, UInt8Images],
    originals: UInt8Images,
    scores: pd.DataFrame,
    table: pd.DataFrame,
    example: int,
    **titles: str,
) -> Figure:
    """Show the outputs of all methods for one test image.

    Args:
        images: Outputs of each method, by its name: uint8, NHWC.
        originals: Clean test images: uint8, NHWC.
        scores: PSNR of each image and method.
        table: Table of `compare_methods`: images and noise, for the title.
        example: Number of the test image, counted from 1.
        titles: Title of each lane.

    Raises:
        ProjectError: There are fewer images.
    """
    from denoising_autoencoder import figures

    count = int(table["n_images"].iloc[0])
    if example > count:
        raise ProjectError(
            f"baselines.example is {example}, but there are {count} denoised images: "
            "choose one of them."
        )
    chosen = shown_psnr(scores[scores["image"] == example - 1].set_index("method"))
    panels = [figures.Panel("original", originals[example - 1])]
    panels += [
        figures.Panel(_label(method, titles), denoised[example - 1], chosen[method])
        for method, denoised in images.items()
    ]
    first = table.iloc[0]
    return figures.image_panels(
        panels,
        title=f"{first['noise']} · {first['images']}, test image {example} of the "
        f"{count:,} denoised",
        columns=(len(panels) + 1) // 2,
    )


def plot_best(
    images: dict[str, UInt8Images],
    originals: UInt8Images,
    scores: pd.DataFrame,
    table: pd.DataFrame,
    examples: int,
    **titles: str,
) -> Figure:
    """Show the first test images after the best filter and after the best network.

    The best are those by `exact.ranking` over all denoised images. Self-ensembles do
    not count.

    Args:
        images: Outputs of each method, by its name: uint8, NHWC.
        originals: Clean test images: uint8, NHWC.
        scores: PSNR of each image and method.
        table: Table of `compare_methods`.
        examples: Largest number of images.
        titles: Title of each lane.
    """
    from denoising_autoencoder import figures

    ranked = table.sort_values(ranking(table), ascending=False, kind="stable")["method"]
    filters = [method for method in ranked if method in FILTER_NAMES]
    networks = [method for method in ranked if method in titles]
    count = min(examples, int(table["n_images"].iloc[0]))
    rows = [figures.ImageRow("original", originals[:count])]
    for method in [NOISY, *filters[:1], *networks[:1]]:
        psnr = shown_psnr(scores[scores["method"] == method].sort_values("image"))
        label = _label(method, titles)
        rows.append(figures.ImageRow(label, images[method][:count], psnr[:count]))
    first = table.iloc[0]
    return figures.image_rows(
        rows,
        title=f"The best filter and the best network, {first['noise']} · "
        f"{first['images']}, the first {count} test images",
    )


def plot_speed(table: pd.DataFrame, **titles: str) -> Figure:
    """Draw PSNR against the time per image.

    Args:
        table: Table of `compare_methods`.
        titles: Title of each lane.
    """
    from denoising_autoencoder.figures import Point, speed

    measure = ranking(table)
    points: dict[str, list[Point]] = {"filter": [], "network": []}
    for _, row in table[table["method"] != NOISY].iterrows():
        kind = "filter" if row["method"] in FILTER_NAMES else "network"
        label = _label(row["method"], titles)
        points[kind].append(Point(label, row["ms_per_image"], row[measure]))
    first = table.iloc[0]
    return speed(
        points,
        floor=(LABELS[NOISY], table.set_index("method")[measure][NOISY]),
        title=f"{first['noise']}\n{first['images']}, {first['n_images']:,} test images",
        measure=MEASURES[measure],
    )


def _label(method: str, titles: dict[str, str]) -> str:
    lane = method.removesuffix(ENSEMBLE)
    if lane in titles:
        return titles[lane] + (" x8" if lane != method else "")
    return LABELS.get(method, method)
