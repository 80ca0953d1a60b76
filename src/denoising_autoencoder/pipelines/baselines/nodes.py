"""Classical filters, tuned on validation images, and applied beside the networks.

Everything runs on the CPU. Nodes that use networks take the model of each noisy lane by
keyword: `dae=..., ...`.
"""

from __future__ import annotations

import logging
from contextlib import closing
from typing import Any

import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.denoisers.filters.build import (
    HOW_TO_GET_BM3D,
    is_available,
)
from denoising_autoencoder.denoisers.filters.options import FilterGrids
from denoising_autoencoder.evaluation.exact import MEASURES, ranking
from denoising_autoencoder.evaluation.metrics import measure_errors, summarize_errors
from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.pipelines.baselines.denoising import Job, filter_images
from denoising_autoencoder.pipelines.baselines.methods import (
    NOISY,
    WIENER,
    WienerMaps,
    best_of,
    networks,
    tuned_filters,
)
from denoising_autoencoder.pipelines.baselines.options import expand, write_options
from denoising_autoencoder.terminal.progress import track

_COLUMNS = ["method", "parameters", "n_exact", "mse", "psnr", "psnr_of_mean_mse"]

logger = logging.getLogger(__name__)


def tune_filters(
    validation_images: Float16Images,
    noisy_images: Float16Images,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    grids: FilterGrids,
    count: int,
    processes: int | None,
) -> pd.DataFrame:
    """Score each filter with each choice of its options on validation images.

    Args:
        validation_images: Clean images in [-1, 1], NHWC.
        noisy_images: The same images with noise.
        image_info: Name of the images.
        noise_spec: Specification of the noise, whose standard deviation the filters
            are given.
        grids: Values of each option that are tried, by method (`FilterGrids`).
        count: Number of validation images, from the first.
        processes: Number of processes; None for `available_cores`.

    Returns:
        A row for each combination: method, parameters, the columns of
        `summarize_errors` (on rounded uint8), images, noise, n_images.
    """
    spec = read_noise(noise_spec)
    jobs = _jobs(grids)
    originals = unnormalize(validation_images[:count])
    rows = []
    inputs = noisy_images[:count]
    sigmas = spec.judged_stds(len(inputs))
    shared = filter_images(jobs, inputs, sigmas, processes)
    with closing(shared) as results:
        choices = zip(jobs, results, strict=True)
        for (method, options), images in track(choices, "choices", len(jobs)):
            row = {"method": method, "parameters": write_options(options)}
            rows.append(row | summarize_errors(measure_errors(images, originals)))
    tuning = pd.DataFrame(rows, columns=_COLUMNS).assign(
        images=image_info["name"], noise=spec.describe(), n_images=len(originals)
    )
    measure = ranking(tuning)
    for _, best in best_of(tuning).iterrows():
        found = best["method"], best["parameters"], best[measure], MEASURES[measure]
        logger.info("%s: %s, %.2f dB (%s)", *found)
    return tuning


def _jobs(grids: FilterGrids) -> list[Job]:
    """Every combination of options of every method that is installed."""
    jobs = []
    for method, grid in grids.model_dump(exclude_none=True).items():
        if is_available(method):
            jobs += [(method, options) for options in expand(grid)]
        else:
            logger.warning("%s is left out: %s", method, HOW_TO_GET_BM3D)
    return jobs


def learn_wiener(
    train_images: Float16Images,
    noise_spec: dict[str, Any],
    side: int,
    processes: int | None,
) -> WienerMaps:
    """Learn the best linear denoiser from training images.

    Args:
        train_images: Clean images in [-1, 1], NHWC.
        noise_spec: Specification of the noise.
        side: Side of the square that determines a pixel.
        processes: Number of threads; None for `available_cores`. It changes no bit.

    Returns:
        What `denoisers.wiener.WienerFilter` takes.
    """
    from denoising_autoencoder.compute.device import pick_device
    from denoising_autoencoder.compute.threads import on_threads
    from denoising_autoencoder.denoisers import wiener

    noise, seed = read_noise(noise_spec), noise_spec["seed"]
    with on_threads(processes or "auto", pick_device("cpu")) as in_order:
        return wiener.learn_wiener(train_images, noise, side, seed, in_order)


def denoise_images(
    noisy_images: Float16Images,
    noise_spec: dict[str, Any],
    tuning: pd.DataFrame,
    wiener: WienerMaps,
    count: int | None,
    processes: int | None,
    self_ensemble: bool,
    **models: Model,
) -> dict[str, UInt8Images]:
    """Apply every tuned filter and every network to the same noisy test images.

    Args:
        noisy_images: Test images with noise, in [-1, 1], NHWC.
        noise_spec: Specification of the noise.
        tuning: Table of `tune_filters`.
        wiener: What `learn_wiener` gave.
        count: Number of images, from the first; None for all.
        processes: Number of processes for the filters and of threads for the networks;
            None for `available_cores`.
        self_ensemble: Whether to apply the self-ensemble of each network too.
        models: Models by lane.

    Returns:
        uint8 NHWC images by method: the untouched input, the filters, the networks.
    """
    from denoising_autoencoder.compute.device import pick_device
    from denoising_autoencoder.compute.threads import on_threads
    from denoising_autoencoder.denoisers.apply import reconstruct
    from denoising_autoencoder.denoisers.wiener import WienerFilter

    inputs, noise = noisy_images[:count], read_noise(noise_spec)
    jobs = tuned_filters(tuning)
    sigmas = noise.judged_stds(len(inputs))
    shared = filter_images(jobs, inputs, sigmas, processes)
    denoised = {NOISY: unnormalize(inputs)}
    with closing(shared) as results:
        filtered = zip(jobs, results, strict=True)
        for (method, _), images in track(filtered, "filters", len(jobs)):
            denoised[method] = images
    learned = [(WIENER, WienerFilter(wiener, noise))]
    learned += networks(models, self_ensemble)
    with on_threads(processes or "auto", pick_device("cpu")) as in_order:
        for method, denoiser in track(learned, "networks", len(learned)):
            denoised[method] = reconstruct(denoiser, inputs, sigmas, in_order)
    return denoised
