"""The page that tells a run in the order of the course report."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.images import Float16Images, UInt8Images
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.pipelines.reporting import page_sections as sections
from denoising_autoencoder.pipelines.reporting.figure_nodes import titles_of

Indices = npt.NDArray[np.int64]


def write_page(
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    train_indices: Indices,
    validation_indices: Indices,
    originals: UInt8Images,
    noisy_images: Float16Images,
    noisy_scores: pd.DataFrame,
    metrics: pd.DataFrame,
    losses: pd.DataFrame,
    comparison: pd.DataFrame,
    architectures: pd.DataFrame,
    loss_curves: bytes,
    error_maps: bytes,
    extremes: bytes,
    psnr_by_sigma: bytes,
    provenance: dict[str, Any],
    **lanes: Any,
) -> str:
    """Set the run's page: data, networks, losses, images, metrics, lineage.

    Args:
        image_info: Gives the name of the images.
        noise_spec: What was added.
        train_indices: Of the images for training.
        validation_indices: Of the images for validation.
        originals: The test images: uint8, NHWC.
        noisy_images: In [-1, 1], NHWC.
        noisy_scores: Of each noisy image.
        metrics: The table of `compare_models`.
        losses: The table of `summarize_losses`.
        comparison: The table of `compare_with_course_report`.
        architectures: The table of `summarize_architectures`.
        loss_curves: The figure as PNG.
        error_maps: The figure as PNG.
        extremes: The figure as PNG.
        psnr_by_sigma: The figure as PNG.
        provenance: `software`, `hardware`, and `artifacts`: all that the page is made
            from, with version, content and parameters.
        lanes: `<lane>_title`, `<lane>_examples` (PNG), `<lane>_timing`, `<lane>_model`,
            and for each that denoises `<lane>_scores` and `<lane>_images`.

    Returns:
        HTML.
    """
    from denoising_autoencoder.page import render_page

    titles = titles_of(lanes)
    denoisers = {name: one for name, one in titles.items() if f"{name}_images" in lanes}
    psnr = metrics.set_index("model")["psnr"]
    best = max(denoisers, key=lambda name: float(psnr[name]))
    name, noise = str(image_info["name"]), read_noise(noise_spec).describe()
    counts = (len(train_indices), len(validation_indices), len(originals))
    plain = {one: title for one, title in titles.items() if one not in denoisers}
    denoised = sections.Denoised(
        originals, noisy_images, noisy_scores, lanes, denoisers, best, noise, name
    )
    return render_page(
        f"Autoencoders on {name}",
        sections.lead(metrics, best, titles[best], len(originals)),
        [
            sections.data(name, noise, counts, originals.shape[1:3]),
            sections.networks(architectures, titles),
            sections.losses(losses, loss_curves, titles, name),
            sections.reconstructions(lanes, plain),
            sections.denoising(denoised, error_maps, extremes),
            sections.metrics(metrics, titles, denoised, psnr_by_sigma),
            sections.course_report(comparison, titles),
            sections.first_layers(lanes, titles),
            sections.provenance(provenance, lanes, titles),
        ],
    )
