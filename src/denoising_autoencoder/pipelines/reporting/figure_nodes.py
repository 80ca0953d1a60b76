"""Nodes that draw the figures of a run. `figure_list` lists them with their inputs.

Nodes over several lanes take the datasets of each lane as `lane_data` describes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from denoising_autoencoder.evaluation.exact import MEASURES, ranking, shown_psnr
from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.pipelines.reporting.lane_data import best_model, by_lane

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and only the
# functions that draw import Matplotlib.
Figure = Any

_OF_EACH_KIND = 3
"""Number of the best, of the median and of the worst images that are shown."""


def plot_loss_curves(metrics: pd.DataFrame, **lanes: Any) -> Figure:
    """Draw training and validation loss of each model against the step.

    Args:
        metrics: Table of `compare_models`: images and noise, for the titles.
        lanes: "<lane>.history" and "<lane>.title" of each model.
    """
    from denoising_autoencoder import figures

    noise = metrics.set_index("model")["noise"]
    return figures.loss_curves(
        [
            (f"{lane['title']}, {noise[name]}", lane["history"])
            for name, lane in by_lane(lanes).items()
        ],
        title=f"Loss curves · {metrics['images'].iloc[0]}",
    )


def plot_reconstructions(
    originals: UInt8Images,
    outputs: UInt8Images,
    scores: pd.DataFrame,
    image_info: dict[str, Any],
    title: str,
    parameters: ReportingParameters,
) -> Figure:
    """Show the first test images and their reconstructions.

    Args:
        originals: Clean test images: uint8, NHWC.
        outputs: Their reconstructions: uint8, NHWC.
        scores: PSNR of each reconstruction.
        image_info: Name of the images.
        title: Title of the model.
        parameters: `examples`: number of images.
    """
    from denoising_autoencoder import figures

    count = parameters.examples
    return figures.image_rows(
        [
            figures.ImageRow("original", originals[:count]),
            figures.ImageRow(
                "reconstruction", outputs[:count], shown_psnr(scores)[:count]
            ),
        ],
        title=f"{title}, clean input · {_first(image_info, originals, count)}",
    )


def plot_denoised(
    originals: UInt8Images,
    noisy_images: Float16Images,
    outputs: UInt8Images,
    noisy_scores: pd.DataFrame,
    scores: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    title: str,
    parameters: ReportingParameters,
) -> Figure:
    """Show the first test images: original, noisy and denoised.

    Args:
        originals: Clean test images: uint8, NHWC.
        noisy_images: The same with noise, in [-1, 1], NHWC.
        outputs: The noisy images after the denoiser: uint8, NHWC.
        noisy_scores: PSNR of each noisy image.
        scores: PSNR of each denoised image.
        image_info: Name of the images.
        noise_spec: Noise of the noisy images.
        title: Title of the model.
        parameters: `examples`: number of images.
    """
    from denoising_autoencoder import figures

    count = parameters.examples
    noise = read_noise(noise_spec).describe()
    return figures.image_rows(
        [
            figures.ImageRow("original", originals[:count]),
            figures.ImageRow(
                "noisy",
                unnormalize(noisy_images[:count]),
                shown_psnr(noisy_scores)[:count],
            ),
            figures.ImageRow("denoised", outputs[:count], shown_psnr(scores)[:count]),
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
    """Show the errors of the first test images: untouched, and from each denoiser.

    Args:
        originals: Clean test images: uint8, NHWC.
        noisy_images: The same with noise, in [-1, 1], NHWC.
        noisy_scores: PSNR of each noisy image.
        image_info: Name of the images.
        noise_spec: Noise of the noisy images.
        parameters: `examples`: number of images.
        lanes: "<lane>.outputs", "<lane>.scores" and "<lane>.title" of each denoiser.
    """
    from denoising_autoencoder import figures

    count = parameters.examples
    noisy = unnormalize(noisy_images[:count])
    rows = [figures.ImageRow("noisy input", noisy, shown_psnr(noisy_scores)[:count])]
    rows += [
        figures.ImageRow(
            lane["title"], lane["outputs"][:count], shown_psnr(lane["scores"])[:count]
        )
        for lane in by_lane(lanes).values()
    ]
    noise = read_noise(noise_spec).describe()
    return figures.error_maps(
        originals[:count],
        rows,
        title=f"Absolute error, {noise} · {_first(image_info, originals, count)}",
    )


def plot_extremes(
    originals: UInt8Images,
    noisy_images: Float16Images,
    noisy_scores: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    metrics: pd.DataFrame,
    **lanes: Any,
) -> Figure:
    """Show the worst, the median and the best test images of the best denoiser.

    Args:
        originals: Clean test images: uint8, NHWC.
        noisy_images: The same with noise, in [-1, 1], NHWC.
        noisy_scores: PSNR of each noisy image.
        image_info: Name of the images.
        noise_spec: Noise of the noisy images.
        metrics: Table of `compare_models`, which says which denoiser is the best.
        lanes: "<lane>.outputs", "<lane>.scores" and "<lane>.title" of each denoiser.
    """
    from denoising_autoencoder import figures

    denoisers = by_lane(lanes)
    best = denoisers[best_model(metrics, denoisers)]
    psnr = shown_psnr(best["scores"])
    chosen = _extremes(psnr.to_numpy())
    index = np.array(list(chosen.values())).ravel()
    headings = [
        f"{kind} {number + 1}" for kind, numbers in chosen.items() for number in numbers
    ]
    rows = [
        figures.ImageRow("original", originals[index]),
        figures.ImageRow(
            "noisy", unnormalize(noisy_images[index]), shown_psnr(noisy_scores)[index]
        ),
        figures.ImageRow("denoised", best["outputs"][index], psnr[index]),
    ]
    noise = read_noise(noise_spec).describe()
    return figures.image_rows(
        rows,
        title=f"{best['title']}, its worst, median and best images by PSNR, {noise} · "
        f"{image_info['name']}, {len(originals):,} test images, each with its number",
        headings=headings,
    )


def plot_psnr_by_sigma(
    scores: pd.DataFrame,
    metrics: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    **lanes: str,
) -> Figure:
    """Draw the PSNR at other noise levels than the one of the training.

    Args:
        scores: Table of `score_by_sigma`.
        metrics: Table of `compare_models`, which says by what measure models are
            ranked.
        image_info: Name of the images.
        noise_spec: Noise of the training.
        lanes: "<lane>.title" of each denoiser.
    """
    from denoising_autoencoder import figures

    noise = read_noise(noise_spec)
    # Weaker noise than that of the table may give exact images too.
    measure = ranking(pd.concat([metrics, scores]))
    shown = scores.assign(psnr=scores[measure])
    by_model = dict(list(shown.groupby("model")))
    count = int(scores["n_images"].iloc[0])
    return figures.psnr_by_sigma(
        {lane["title"]: by_model[name] for name, lane in by_lane(lanes).items()},
        by_model["noisy_input"],
        noise.std,
        title=f"PSNR against the noise ({noise.label}, {noise.clamping()}) · "
        f"{image_info['name']}, the first {count:,} test images",
        measure=MEASURES[measure],
    )


def plot_psnr_histogram(
    noisy_scores: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    **lanes: Any,
) -> Figure:
    """Draw how the PSNR is distributed over the test images.

    Args:
        noisy_scores: PSNR of each noisy image.
        image_info: Name of the images.
        noise_spec: Noise of the noisy images.
        lanes: "<lane>.scores" and "<lane>.title" of each denoiser.
    """
    from denoising_autoencoder import figures

    psnr = {"untouched input": shown_psnr(noisy_scores).to_numpy()}
    for lane in by_lane(lanes).values():
        psnr[lane["title"]] = shown_psnr(lane["scores"]).to_numpy()
    noise = read_noise(noise_spec).describe()
    return figures.psnr_histogram(
        psnr, f"{noise} · {image_info['name']}, {len(noisy_scores):,} test images"
    )


def _extremes(psnr: np.ndarray) -> dict[str, list[int]]:
    """Indices of the worst, the median and the best images, from the worst up."""
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
