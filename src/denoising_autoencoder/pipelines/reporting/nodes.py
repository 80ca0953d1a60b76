"""The tables of a run.

Nodes over all lanes take a dataset of each lane by keyword, such as `ae=..., dae=...`,
or several, as `lane_data` describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.compute.work import training_tflop
from denoising_autoencoder.evaluation.metrics import (
    measure_errors,
    summarize_errors,
    summarize_scores,
)
from denoising_autoencoder.images import (
    Float16Images,
    UInt8Images,
    normalize,
    unnormalize,
)
from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.noise.draw import TEST_STREAM, add_noise
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.pipelines.lanes.nodes import score_reconstructions
from denoising_autoencoder.pipelines.reporting import course_report
from denoising_autoencoder.pipelines.reporting.lane_data import by_lane
from denoising_autoencoder.terminal.progress import track


def score_noisy_input(
    noisy_images: Float16Images,
    originals: UInt8Images,
    photographs: npt.NDArray[np.int32],
    noise_spec: dict[str, Any],
) -> pd.DataFrame:
    """Score the untouched input, which a denoiser must beat to be of any use.

    Args:
        noisy_images: Test images with noise, in [-1, 1], NHWC.
        originals: Clean test images: uint8, NHWC.
        photographs: Index of the photograph that each image was cut from.
        noise_spec: Noise of the images.

    Returns:
        The table of `lanes.nodes.score_reconstructions`.
    """
    return score_reconstructions(
        unnormalize(noisy_images), originals, photographs, noise_spec
    )


def compare_models(
    image_info: dict[str, Any], architectures: pd.DataFrame, **models: Any
) -> pd.DataFrame:
    """Summarize the scores of every model, and of what it must beat, in one table.

    A denoiser must beat the untouched input, and an autoencoder PCA. These two have no
    training.

    Args:
        image_info: Name of the images, and how many test images are training images
            too; images of earlier releases lack the number.
        architectures: Table of `summarize_architectures`.
        models: `<model>.scores`, the scores of each image, which may be none (see
            `pca_nodes.score_pca`), `<model>.noise`, the specification of the noise of
            its inputs, and `<model>.history`, the loss history of a training.

    Returns:
        A row for each model that has scores: model, images, noise_std (0 for clean
        inputs), noise (in words), code_size (numbers in the code of an image; NaN if
        there is no code), the columns of `summarize_scores`, n_test_in_training (NaN
        if it is unknown), and tflop, the work of the training (NaN if there was none).
    """
    layers = architectures.groupby("model")
    macs = layers["macs"].sum()
    codes: Mapping[Any, float] = {}
    if "code_size" in architectures:  # not of an earlier release
        codes = dict(layers["code_size"].first())
    rows = []
    leaked = {"n_test_in_training": image_info.get("n_test_in_training", np.nan)}
    for name, model in by_lane(models).items():
        scores = model["scores"]
        if scores.empty:
            continue
        noise = read_noise(model["noise"])
        row = {"model": name, "images": image_info["name"], "noise_std": noise.std}
        row |= {"noise": noise.describe(), "code_size": codes.get(name, np.nan)}
        if "code_size" in scores:
            row["code_size"] = scores["code_size"].iloc[0]
        seen = model["history"]["images_seen"].max() if "history" in model else np.nan
        work = {"tflop": training_tflop(macs.get(name, np.nan), seen)}
        rows.append({**row, **summarize_scores(scores), **leaked, **work})
    return pd.DataFrame(rows)


def summarize_losses(metrics: pd.DataFrame, **histories: pd.DataFrame) -> pd.DataFrame:
    """Compare training, validation and test losses.

    The course report argues that its models do not overfit because the three agree. The
    gap shows whether they do.

    Args:
        metrics: Table of `compare_models`.
        histories: Loss history of each model.

    Returns:
        A row for each model: model, images, noise_std, the MSE of the training and the
        validation split at the first and the last record, the test MSE, and the gap
        (test minus last training MSE). All on the [-1, 1] scale.
    """
    rows = []
    for model, history in histories.items():
        summary = metrics.set_index("model").loc[model]
        row = {"model": model, **summary[["images", "noise_std"]]}
        for split in ("training", "validation"):
            mse = history.loc[history["split"] == split, "mse"]
            row[f"{split}_mse_first"] = mse.iloc[0]
            row[f"{split}_mse_last"] = mse.iloc[-1]
        row["test_mse"] = summary["mse"]
        row["gap"] = summary["mse"] - row["training_mse_last"]
        rows.append(row)
    return pd.DataFrame(rows)


def compare_with_course_report(
    metrics: pd.DataFrame, losses: pd.DataFrame, noise_spec: dict[str, Any]
) -> pd.DataFrame:
    """Compare this run with the course report, if both have the same images and noise.

    Args:
        metrics: Table of `compare_models`.
        losses: Table of `summarize_losses`; its models are compared.
        noise_spec: Noise of the noisy inputs.

    Returns:
        A row for each figure that the report has of these models: model, figure, report
        (NaN if it is not comparable), this_run, and a note that says why not.
    """
    values: dict[tuple[str, str], float] = {}
    for _, row in losses.iterrows():
        for split in ("training", "validation"):
            for when in ("first", "last"):
                figure = (row["model"], f"{split} MSE, {when}")
                values[figure] = row[f"{split}_mse_{when}"]
    for _, row in metrics.iterrows():
        values[row["model"], "test MSE"] = row["mse"]
        values[row["model"], "test PSNR"] = row["psnr"]
        values[row["model"], "test SSIM"] = row["ssim"]
    images, noise = metrics["images"].iloc[0], read_noise(noise_spec)
    reason = course_report.why_not_comparable(images, noise)
    return pd.DataFrame(
        [
            {
                "model": model,
                "figure": figure,
                "report": np.nan if reason else reported,
                "this_run": values[model, figure],
                "note": reason or f"{images}, noise of std {noise.std:g}",
            }
            for (model, figure), reported in course_report.FIGURES.items()
            if (model, figure) in values
        ]
    )


def summarize_architectures(images: UInt8Images, **models: Model) -> pd.DataFrame:
    """Describe the network of each model, layer by layer.

    Args:
        images: uint8, NHWC; only their height and width are used.
        models: Models by name.

    Returns:
        A row for each layer: model, network, code_size (numbers between the encoder and
        the decoder of the whole network; NaN if it has none), and the columns of
        `summarize_network`.
    """
    from denoising_autoencoder.networks.build import rebuild_network
    from denoising_autoencoder.networks.summary import summarize_network

    tables = []
    for name, model in models.items():
        table = summarize_network(rebuild_network(model), *images.shape[1:])
        network, options = model[1]["network"], model[1].get("options", {})
        code_size = check_options(network, options).code_size(*images.shape[1:3])
        table.insert(0, "model", name)
        table.insert(1, "network", network)
        table.insert(2, "code_size", code_size or np.nan)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def score_by_sigma(
    originals: UInt8Images,
    noise_spec: dict[str, Any],
    parameters: ReportingParameters,
    **lanes: Any,
) -> pd.DataFrame:
    """Apply each denoiser to other noise levels than the one that it was trained for.

    Args:
        originals: Clean test images: uint8, NHWC.
        noise_spec: Noise that the denoisers were trained for; only its standard
            deviation is varied.
        parameters: `sigmas`, and `sigma_images`: how many of the first images are used.
        lanes: "<lane>.model", "<lane>.device", "<lane>.precision" and "<lane>.threads"
            of each denoiser.

    Returns:
        A row for each model, and for the untouched input, at each level: model, std,
        the columns of `summarize_errors`, n_images.
    """
    from denoising_autoencoder.compute.threads import on_threads
    from denoising_autoencoder.denoisers.apply import reconstruct
    from denoising_autoencoder.denoisers.network import trained_denoiser

    images = originals[: parameters.sigma_images]
    clean = normalize(images)
    fields = by_lane(lanes)
    denoisers = {
        name: trained_denoiser(lane["model"], lane["device"], lane["precision"])
        for name, lane in fields.items()
    }
    rows = []
    levels = parameters.sigmas
    for std in track(levels, "noise levels", len(levels)):
        noise = read_noise(noise_spec).at(std)
        noisy = add_noise(clean, noise, noise_spec["seed"], TEST_STREAM)
        made = {"noisy_input": unnormalize(noisy)}
        for name, denoiser in denoisers.items():
            with on_threads(fields[name]["threads"], denoiser.device) as in_order:
                made[name] = reconstruct(denoiser, noisy, std, in_order)
        for name, outputs in made.items():
            errors = summarize_errors(measure_errors(outputs, images))
            rows.append({"model": name, "std": std, **errors})
    return pd.DataFrame(rows).assign(n_images=len(images))
