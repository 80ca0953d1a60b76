"""Classical filters, tuned on validation images and judged beside the networks.

Everything runs on the CPU. Nodes over the networks take a model of each noisy lane by
keyword: `dae=..., ...`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.datasets.model import Model
from denoising_autoencoder.filter_options import FilterGrids
from denoising_autoencoder.filters import (
    HOW_TO_GET_BM3D,
    METHODS,
    as_denoiser,
    build_filter,
    is_available,
)
from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.metrics import score_images, summarize_scores
from denoising_autoencoder.noise import NoiseSpec
from denoising_autoencoder.paired import paired_difference
from denoising_autoencoder.pipelines.baselines.denoising import (
    Job,
    filter_images,
    milliseconds_per_image,
)
from denoising_autoencoder.pipelines.baselines.options import (
    expand,
    read_options,
    write_options,
)

logger = logging.getLogger(__name__)

NOISY = "noisy_input"
"""The row of the input as it is."""

ENSEMBLE = "_x8"
"""Ends the name of a network that is asked eight times (`trainer.self_ensemble`)."""


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
        validation_images: Clean, in [-1, 1], NHWC.
        noisy_images: The same with noise.
        image_info: Gives the name of the images.
        noise_spec: What was added; the filters are told its standard deviation.
        grids: Which values of each option are tried, by method.
        count: How many of the first validation images are taken.
        processes: Side by side; None takes one for each core.

    Returns:
        A row for each choice: method, parameters, psnr (mean over the images, on
        rounded uint8), images, noise, n_images.
    """
    spec = NoiseSpec(**noise_spec)
    jobs = _jobs(grids)
    originals = unnormalize(validation_images[:count])
    rows = []
    shared = filter_images(jobs, noisy_images[:count], spec.std, processes)
    with closing(shared) as results:
        for (method, options), images in zip(jobs, results, strict=True):
            psnr = score_images(images, originals)["psnr"].mean()
            rows.append((method, write_options(options), psnr))
    tuning = pd.DataFrame(rows, columns=["method", "parameters", "psnr"]).assign(
        images=image_info["name"], noise=spec.describe(), n_images=len(originals)
    )
    for _, best in best_of(tuning).iterrows():
        logger.info("%s: %s, %.2f dB", best["method"], best["parameters"], best["psnr"])
    return tuning


def _jobs(grids: FilterGrids) -> list[Job]:
    """Every choice of every method whose package is installed."""
    jobs = []
    for method, grid in grids.model_dump(exclude_none=True).items():
        if is_available(method):
            jobs += [(method, options) for options in expand(grid)]
        else:
            logger.warning("%s is left out: %s", method, HOW_TO_GET_BM3D)
    return jobs


def best_of(tuning: pd.DataFrame) -> pd.DataFrame:
    """The row with the highest mean PSNR of each method; of equals, the first.

    Args:
        tuning: The table of `tune_filters`.
    """
    best = tuning.groupby("method", sort=False)["psnr"].idxmax()
    return tuning.loc[best].reset_index(drop=True)


def denoise_images(
    noisy_images: Float16Images,
    noise_spec: dict[str, Any],
    tuning: pd.DataFrame,
    count: int | None,
    processes: int | None,
    self_ensemble: bool,
    **models: Model,
) -> dict[str, UInt8Images]:
    """Apply every tuned filter and every network to the same noisy test images.

    Args:
        noisy_images: Test images with noise, in [-1, 1], NHWC.
        noise_spec: What was added.
        tuning: The table of `tune_filters`.
        count: How many of the first images are taken; None takes all.
        processes: Side by side, for the filters; None takes one for each core.
        self_ensemble: Whether each network is asked eight times too.
        models: By lane.

    Returns:
        uint8 NHWC by method: the noisy input as it is, the filters, the networks.
    """
    from denoising_autoencoder.trainer import reconstruct

    inputs = noisy_images[:count]
    jobs = _tuned(tuning)
    shared = filter_images(jobs, inputs, NoiseSpec(**noise_spec).std, processes)
    denoised = {NOISY: unnormalize(inputs)}
    with closing(shared) as results:
        for (method, _), images in zip(jobs, results, strict=True):
            denoised[method] = images
    for method, network in _networks(models, self_ensemble):
        denoised[method] = reconstruct(network, inputs, "cpu")
    return denoised


def _tuned(tuning: pd.DataFrame) -> list[Job]:
    return [
        (row["method"], read_options(row["parameters"]))
        for _, row in best_of(tuning).iterrows()
    ]


def _networks(models: dict[str, Model], ensemble: bool) -> Iterator[tuple[str, Any]]:
    """The network of each lane, and what it gives when it is asked eight times."""
    from denoising_autoencoder.networks import rebuild_network
    from denoising_autoencoder.trainer import self_ensemble

    for lane, model in models.items():
        network = rebuild_network(model)
        yield lane, network
        if ensemble:
            yield f"{lane}{ENSEMBLE}", self_ensemble(network)


def score_methods(
    images: dict[str, UInt8Images],
    originals: UInt8Images,
    photographs: npt.NDArray[np.int32],
) -> pd.DataFrame:
    """Score each image of each method, so that methods can be compared by pairs.

    Args:
        images: By method, of the first of the originals.
        originals: uint8, NHWC.
        photographs: Which photograph each original is cut from.

    Returns:
        A row for each image of each method: method, image (its index), photograph,
        mse, psnr, ssim.
    """
    tables = []
    for method, denoised in images.items():
        count = len(denoised)
        table = score_images(denoised, originals[:count])
        table.insert(0, "method", method)
        table.insert(1, "image", np.arange(count))
        table.insert(2, "photograph", np.asarray(photographs[:count]))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def measure_speed(
    noisy_images: Float16Images,
    noise_spec: dict[str, Any],
    tuning: pd.DataFrame,
    count: int,
    seconds: float,
    self_ensemble: bool,
    **models: Model,
) -> pd.DataFrame:
    """Take the time of each method, alone on one core, after a pass that is not timed.

    A filter is given a few images, one after the other; a network a whole batch of
    `trainer.BATCH_SIZE`, for which the images are repeated where there are fewer.

    Args:
        noisy_images: Test images with noise, in [-1, 1], NHWC.
        noise_spec: What was added.
        tuning: The table of `tune_filters`.
        count: Images in a pass of a filter.
        seconds: For how long passes are repeated.
        self_ensemble: As for `denoise_images`.
        models: By lane.

    Returns:
        A row for each filter and network: method, ms_per_image (milliseconds of wall
        time).
    """
    from denoising_autoencoder.trainer import BATCH_SIZE

    std = NoiseSpec(**noise_spec).std
    few = np.array(noisy_images[:count])
    batch = np.resize(noisy_images, (BATCH_SIZE, *noisy_images.shape[1:]))
    times = {
        method: milliseconds_per_image(
            as_denoiser(build_filter(method, std, **options)), few, seconds
        )
        for method, options in _tuned(tuning)
    }
    for method, network in _networks(models, self_ensemble):
        times[method] = milliseconds_per_image(network, batch, seconds)
    return pd.DataFrame(list(times.items()), columns=["method", "ms_per_image"])


def compare_methods(
    scores: pd.DataFrame,
    timing: pd.DataFrame,
    tuning: pd.DataFrame,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    **models: Model,
) -> pd.DataFrame:
    """Sum up scores and times in one table.

    Args:
        scores: The table of `score_methods`.
        timing: The table of `measure_speed`.
        tuning: The table of `tune_filters`.
        image_info: Gives the name of the images.
        noise_spec: What was added.
        models: By lane; of them the weights are counted.

    Returns:
        A row for each method: method, parameters (a filter's tuned options, how many
        weights a network has), psnr, psnr_se, ssim, ssim_se, ms_per_image (NaN for the
        noisy input), images, noise, n_images, standard_error (what it rests on).
    """
    parameters = {NOISY: "untouched"}
    parameters |= dict(best_of(tuning)[["method", "parameters"]].to_numpy())
    for lane, model in models.items():
        parameters[lane] = f"weights={_count_weights(model)}"
        parameters[f"{lane}{ENSEMBLE}"] = f"{parameters[lane]} passes=8"
    times = timing.set_index("method")["ms_per_image"]
    rows = []
    for method, table in scores.groupby("method", sort=False):
        summary = summarize_scores(table)
        rows.append(
            {
                "method": method,
                "parameters": parameters[str(method)],
                **{
                    name: summary[name]
                    for name in ("psnr", "psnr_se", "ssim", "ssim_se")
                },
                "ms_per_image": times.get(method, np.nan),
                "images": image_info["name"],
                "noise": NoiseSpec(**noise_spec).describe(),
                "n_images": summary["n_images"],
                "standard_error": summary["standard_error"],
            }
        )
    return pd.DataFrame(rows)


def _count_weights(model: Model) -> int:
    """The parameters of a network, without the statistics of its normalizations."""
    from denoising_autoencoder.networks import rebuild_network

    return sum(weight.numel() for weight in rebuild_network(model).parameters())


def compare_pairs(
    scores: pd.DataFrame, image_info: dict[str, Any], noise_spec: dict[str, Any]
) -> pd.DataFrame:
    """Test each network against every other method, image by image.

    Self-ensembles stand apart: they are left out on both sides.

    Args:
        scores: The table of `score_methods`.
        image_info: Gives the name of the images.
        noise_spec: What was added.

    Returns:
        A row for each pair: network, method, and of the network's PSNR minus the
        method's: difference (dB), low, high, p_value, share_better
        (`paired.PairedDifference`); images, noise, n_images.
    """
    by_image = scores.pivot(index="image", columns="method", values="psnr")
    photographs = scores.groupby("image")["photograph"].first().to_numpy()
    methods = [
        method for method in scores["method"].unique() if not method.endswith(ENSEMBLE)
    ]
    rows = []
    for network in (name for name in methods if name not in (NOISY, *METHODS)):
        for method in (name for name in methods if name != network):
            ours, theirs = by_image[network].to_numpy(), by_image[method].to_numpy()
            found = paired_difference(ours, theirs, photographs)
            rows.append({"network": network, "method": method, **asdict(found)})
    return pd.DataFrame(rows).assign(
        images=image_info["name"],
        noise=NoiseSpec(**noise_spec).describe(),
        n_images=len(by_image),
    )
