"""The figures of the baselines.

Every node takes the titles of the noisy lanes by keyword: `dae="DAE", ...`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import UInt8Images
from denoising_autoencoder.pipelines.baselines.methods import ENSEMBLE, NOISY

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and the import
# of Matplotlib is left to the functions that draw.
Figure = Any

LABELS = {
    NOISY: "noisy input",
    **{name: kind.label for name, kind in FILTERS.items()},
}
"""What figures call a method that is not a lane."""


def plot_example(
    images: dict[str, UInt8Images],
    originals: UInt8Images,
    scores: pd.DataFrame,
    table: pd.DataFrame,
    example: int,
    **titles: str,
) -> Figure:
    """Show one test image as it comes out of every method.

    Args:
        images: By method.
        originals: uint8, NHWC.
        scores: Gives the PSNR of each image.
        table: The table of `compare_methods`; gives images and noise for the title.
        example: Which of the test images, counted from 1.
        titles: By lane.

    Raises:
        ProjectError: There are not so many images.
    """
    from denoising_autoencoder import figures

    count = int(table["n_images"].iloc[0])
    if example > count:
        raise ProjectError(
            f"baselines.example is {example}, but there are {count} denoised images: "
            "choose one of them."
        )
    chosen = scores[scores["image"] == example - 1].set_index("method")["psnr"]
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
    """Show the first test images beside the best filter and the best network.

    The best are those of the highest mean PSNR over all denoised images; a network that
    is asked eight times does not compete.

    Args:
        images: By method.
        originals: uint8, NHWC.
        scores: Gives the PSNR of each image.
        table: The table of `compare_methods`.
        examples: How many images, at most.
        titles: By lane.
    """
    from denoising_autoencoder import figures

    ranked = table.sort_values("psnr", ascending=False)["method"]
    filters = [method for method in ranked if method in FILTERS]
    networks = [method for method in ranked if method in titles]
    count = min(examples, int(table["n_images"].iloc[0]))
    rows = [figures.ImageRow("original", originals[:count])]
    for method in [NOISY, *filters[:1], *networks[:1]]:
        psnr = scores[scores["method"] == method].sort_values("image")["psnr"]
        rows.append(
            figures.ImageRow(
                _label(method, titles), images[method][:count], psnr[:count]
            )
        )
    first = table.iloc[0]
    return figures.image_rows(
        rows,
        title=f"The best filter and the best network, {first['noise']} · "
        f"{first['images']}, the first {count} test images",
    )


def plot_speed(table: pd.DataFrame, **titles: str) -> Figure:
    """Draw PSNR against the time for an image.

    Args:
        table: The table of `compare_methods`.
        titles: By lane.
    """
    from denoising_autoencoder.figures import Point, speed

    points: dict[str, list[Point]] = {"filter": [], "network": []}
    for _, row in table[table["method"] != NOISY].iterrows():
        kind = "filter" if row["method"] in FILTERS else "network"
        label = _label(row["method"], titles)
        points[kind].append(Point(label, row["ms_per_image"], row["psnr"]))
    first = table.iloc[0]
    return speed(
        points,
        floor=(LABELS[NOISY], table.set_index("method")["psnr"][NOISY]),
        title=f"{first['noise']}\n{first['images']}, {first['n_images']:,} test images",
    )


def _label(method: str, titles: dict[str, str]) -> str:
    lane = method.removesuffix(ENSEMBLE)
    if lane in titles:
        return titles[lane] + (" x8" if lane != method else "")
    return LABELS.get(method, method)
