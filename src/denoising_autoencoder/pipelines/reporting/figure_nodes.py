"""The figures of a run.

Nodes over all lanes take the datasets of each lane by keyword: `ae_images=...`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.reporting import ReportingParameters

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and the import
# of Matplotlib is left to the functions that draw.
Figure = Any

_TITLE = "_title"
"""Ends the keyword of a lane's title."""

_OF_EACH_KIND = 3
"""The best, the median and the worst images: so many of each."""


def plot_loss_curves(metrics: pd.DataFrame, **lanes: Any) -> Figure:
    """Draw training and validation loss of each model against the step.

    Args:
        metrics: Gives the images and the noise for the titles.
        lanes: `<lane>_history` and `<lane>_title` of each.
    """
    from denoising_autoencoder import figures

    noise = metrics.set_index("model")["noise"]
    return figures.loss_curves(
        [
            (f"{title}, {noise[name]}", lanes[f"{name}_history"])
            for name, title in titles_of(lanes).items()
        ],
        title=f"Loss curves · {metrics['images'].iloc[0]}",
    )


def plot_reconstructions(
    originals: UInt8Images,
    reconstructions: UInt8Images,
    scores: pd.DataFrame,
    image_info: dict[str, Any],
    title: str,
    parameters: ReportingParameters,
) -> Figure:
    """Show the first test images as original and reconstruction.

    Args:
        originals: uint8, NHWC.
        reconstructions: uint8, NHWC.
        scores: Gives each image's PSNR.
        image_info: Gives the name of the images.
        title: Of the model.
        parameters: How many are shown.
    """
    from denoising_autoencoder import figures

    count = parameters.examples
    return figures.image_rows(
        [
            figures.ImageRow("original", originals[:count]),
            figures.ImageRow(
                "reconstruction", reconstructions[:count], scores["psnr"][:count]
            ),
        ],
        title=f"{title}, clean input · {_first(image_info, originals, count)}",
    )


def plot_denoised(
    originals: UInt8Images,
    noisy_images: Float16Images,
    denoised: UInt8Images,
    noisy_scores: pd.DataFrame,
    scores: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    title: str,
    parameters: ReportingParameters,
) -> Figure:
    """Show the first test images as original, noisy and denoised.

    Args:
        originals: uint8, NHWC.
        noisy_images: In [-1, 1], NHWC.
        denoised: uint8, NHWC.
        noisy_scores: Gives each noisy image's PSNR.
        scores: Gives each denoised image's PSNR.
        image_info: Gives the name of the images.
        noise_spec: What was added.
        title: Of the model.
        parameters: How many are shown.
    """
    from denoising_autoencoder import figures

    count = parameters.examples
    noise = read_noise(noise_spec).describe()
    return figures.image_rows(
        [
            figures.ImageRow("original", originals[:count]),
            figures.ImageRow(
                "noisy", unnormalize(noisy_images[:count]), noisy_scores["psnr"][:count]
            ),
            figures.ImageRow("denoised", denoised[:count], scores["psnr"][:count]),
        ],
        title=f"{title}, {noise} · {_first(image_info, originals, count)}",
    )


def plot_error_maps(
    originals: UInt8Images,
    noisy_images: Float16Images,
    noisy_scores: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    parameters: ReportingParameters,
    **lanes: Any,
) -> Figure:
    """Show where the first test images are wrong: untouched, and from each denoiser.

    Args:
        originals: uint8, NHWC.
        noisy_images: In [-1, 1], NHWC.
        noisy_scores: Gives each noisy image's PSNR.
        image_info: Gives the name of the images.
        noise_spec: What was added.
        parameters: How many are shown.
        lanes: `<lane>_images`, `<lane>_scores` and `<lane>_title` of each.
    """
    from denoising_autoencoder import figures

    count = parameters.examples
    noisy = unnormalize(noisy_images[:count])
    rows = [figures.ImageRow("noisy input", noisy, noisy_scores["psnr"][:count])]
    for name, title in titles_of(lanes).items():
        psnr = lanes[f"{name}_scores"]["psnr"][:count]
        rows.append(figures.ImageRow(title, lanes[f"{name}_images"][:count], psnr))
    noise = read_noise(noise_spec).describe()
    return figures.error_maps(
        originals[:count],
        rows,
        title=f"Absolute error, {noise} · {_first(image_info, originals, count)}",
    )


def plot_extremes(
    originals: UInt8Images,
    noisy_images: Float16Images,
    denoised: UInt8Images,
    noisy_scores: pd.DataFrame,
    scores: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    title: str,
) -> Figure:
    """Show the worst, the median and the best test images of a denoiser, by PSNR.

    Args:
        originals: uint8, NHWC.
        noisy_images: In [-1, 1], NHWC.
        denoised: uint8, NHWC.
        noisy_scores: Gives each noisy image's PSNR.
        scores: Gives each denoised image's PSNR.
        image_info: Gives the name of the images.
        noise_spec: What was added.
        title: Of the model.
    """
    from denoising_autoencoder import figures

    chosen = _extremes(scores["psnr"].to_numpy())
    index = np.array(list(chosen.values())).ravel()
    headings = [f"{kind} {one + 1}" for kind, some in chosen.items() for one in some]
    rows = [
        figures.ImageRow("original", originals[index]),
        figures.ImageRow(
            "noisy", unnormalize(noisy_images[index]), noisy_scores["psnr"][index]
        ),
        figures.ImageRow("denoised", denoised[index], scores["psnr"][index]),
    ]
    noise = read_noise(noise_spec).describe()
    return figures.image_rows(
        rows,
        title=f"{title}, its worst, median and best images by PSNR, {noise} · "
        f"{image_info['name']}, {len(originals):,} test images, each with its number",
        headings=headings,
    )


def plot_psnr_by_sigma(
    scores: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    **lanes: str,
) -> Figure:
    """Draw the PSNR at other noise levels than the one that was trained for.

    Args:
        scores: The table of `score_by_sigma`.
        image_info: Gives the name of the images.
        noise_spec: What was trained for.
        lanes: `<lane>_title` of each.
    """
    from denoising_autoencoder import figures

    noise = read_noise(noise_spec)
    by_model = dict(list(scores.groupby("model")))
    count = int(scores["n_images"].iloc[0])
    return figures.psnr_by_sigma(
        {title: by_model[name] for name, title in titles_of(lanes).items()},
        by_model["noisy_input"],
        noise.std,
        title=f"PSNR against the noise ({noise.label}, {noise.clamping()}) · "
        f"{image_info['name']}, the first {count:,} test images",
    )


def titles_of(lanes: dict[str, Any]) -> dict[str, str]:
    """The title of each lane, by its name."""
    return {
        key.removesuffix(_TITLE): title
        for key, title in lanes.items()
        if key.endswith(_TITLE)
    }


def _extremes(psnr: np.ndarray) -> dict[str, list[int]]:
    """Indices of the worst, the median and the best, from the worst up."""
    order = [int(index) for index in np.argsort(psnr, kind="stable")]
    few = min(_OF_EACH_KIND, len(order))
    middle = (len(order) - few) // 2
    return {
        "worst": order[:few],
        "median": order[middle : middle + few],
        "best": order[-few:],
    }


def _first(image_info: dict[str, Any], images: UInt8Images, count: int) -> str:
    shown = min(count, len(images))
    return f"{image_info['name']}, test images 1 to {shown} of {len(images):,}"
