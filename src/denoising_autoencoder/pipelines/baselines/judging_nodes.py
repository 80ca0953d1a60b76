"""How good and how fast each method is, and which is better than which.

Nodes that use networks take the model of each noisy lane by keyword: `dae=..., ...`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.denoisers.filters.build import build_filter
from denoising_autoencoder.evaluation.exact import is_exact, ranking
from denoising_autoencoder.evaluation.metrics import score_images, summarize_scores
from denoising_autoencoder.evaluation.paired import paired_scores
from denoising_autoencoder.images import Float16Images, UInt8Images
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.pipelines.baselines.methods import (
    ENSEMBLE,
    FILTER_NAMES,
    NOISY,
    WIENER,
    WienerMaps,
    best_of,
    networks,
    tuned_filters,
)
from denoising_autoencoder.terminal.progress import track


def score_methods(
    images: dict[str, UInt8Images],
    originals: UInt8Images,
    photographs: npt.NDArray[np.int32],
) -> pd.DataFrame:
    """Score each image of each method, so that methods can be compared in pairs.

    Args:
        images: Images by method, made from the first of the originals.
        originals: uint8, NHWC.
        photographs: Photograph that each original is cut from.

    Returns:
        A row for each image of each method: method, image (its index), photograph,
        mse, psnr, ssim.
    """
    tables = []
    for method, denoised in track(images.items(), "methods", len(images)):
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
    wiener: WienerMaps,
    count: int,
    seconds: float,
    self_ensemble: bool,
    **models: Model,
) -> pd.DataFrame:
    """Time each method on one core of the CPU, after an untimed pass.

    A filter gets a few images, one after the other; a network gets as many as it does
    in a pass, for which the images are repeated if there are fewer.

    Args:
        noisy_images: Test images with noise, in [-1, 1], NHWC.
        noise_spec: Specification of the noise.
        tuning: Table of `tune_filters`.
        wiener: What `learn_wiener` gave.
        count: Number of images in a pass of a filter.
        seconds: Seconds for which passes are repeated.
        self_ensemble: Whether to time the self-ensemble of each network too.
        models: Models by lane.

    Returns:
        A row for each filter and network: method, ms_per_image (milliseconds of wall
        time).
    """
    from denoising_autoencoder.denoisers.batches import images_in_a_pass
    from denoising_autoencoder.denoisers.timing import milliseconds_per_image
    from denoising_autoencoder.denoisers.wiener import WienerFilter

    noise = read_noise(noise_spec)
    few = np.array(noisy_images[:count])
    many = images_in_a_pass(*noisy_images.shape[1:3])
    batch = noisy_images[np.arange(many) % len(noisy_images)]
    filters = [
        (method, build_filter(method, **options), few)
        for method, options in tuned_filters(tuning)
    ]
    learned = [(WIENER, WienerFilter(wiener, noise))]
    learned += networks(models, self_ensemble)
    timed = [*filters, *((name, one, batch) for name, one in learned)]
    rows = []
    for method, denoiser, images in track(timed, "methods", len(timed)):
        cost = milliseconds_per_image(denoiser, images, noise.std, seconds)
        rows.append((method, cost))
    return pd.DataFrame(rows, columns=["method", "ms_per_image"])


def compare_methods(
    scores: pd.DataFrame,
    timing: pd.DataFrame,
    tuning: pd.DataFrame,
    wiener_side: int,
    image_info: dict[str, Any],
    noise_spec: dict[str, Any],
    **models: Model,
) -> pd.DataFrame:
    """Sum up scores and times in one table.

    Args:
        scores: Table of `score_methods`.
        timing: Table of `measure_speed`.
        tuning: Table of `tune_filters`.
        wiener_side: Side of the square of the Wiener filter, in pixels.
        image_info: Name of the images.
        noise_spec: Specification of the noise.
        models: Models by lane, whose weights are counted.

    Returns:
        A row for each method: method, parameters (a filter's tuned options, a network's
        number of weights), psnr, psnr_se, ssim, ssim_se, ms_per_image (NaN for the
        noisy input), psnr_of_mean_mse, n_exact, images, noise, n_images,
        standard_error (its basis, in words).
    """
    parameters = {NOISY: "untouched", WIENER: f"side={wiener_side}"}
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
                "psnr_of_mean_mse": summary["psnr_of_mean_mse"],
                "n_exact": summary["n_exact"],
                "images": image_info["name"],
                "noise": read_noise(noise_spec).describe(),
                "n_images": summary["n_images"],
                "standard_error": summary["standard_error"],
            }
        )
    return pd.DataFrame(rows)


def _count_weights(model: Model) -> int:
    """Number of weights of a network, without the statistics of its normalizations."""
    from denoising_autoencoder.networks.build import rebuild_network

    return sum(weight.numel() for weight in rebuild_network(model).parameters())


def compare_pairs(
    scores: pd.DataFrame, image_info: dict[str, Any], noise_spec: dict[str, Any]
) -> pd.DataFrame:
    """Test each network against every other method, image by image.

    Self-ensembles are left out.

    Args:
        scores: Table of `score_methods`.
        image_info: Name of the images.
        noise_spec: Specification of the noise.

    Returns:
        A row for each pair: network, method, measure (`exact.ranking`), and for the
        network's measure minus the method's: difference (dB), low, high, p_value,
        share_better (`paired.PairedDifference`); images, noise, n_images.
    """
    by_method = dict(list(scores.sort_values("image").groupby("method")))
    measure = ranking(scores.assign(n_exact=is_exact(scores)))
    methods = [
        method for method in scores["method"].unique() if not method.endswith(ENSEMBLE)
    ]
    rows = []
    for network in (name for name in methods if name not in (NOISY, *FILTER_NAMES)):
        for method in (name for name in methods if name != network):
            found = paired_scores(by_method[network], by_method[method], measure)
            pair = {"network": network, "method": method, "measure": measure}
            rows.append(pair | asdict(found))
    return pd.DataFrame(rows).assign(
        images=image_info["name"],
        noise=read_noise(noise_spec).describe(),
        n_images=scores["image"].nunique(),
    )
