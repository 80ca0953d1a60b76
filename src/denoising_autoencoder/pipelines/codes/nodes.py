"""Codes of images, and their scores beside those of PCA with codes of the same size.

Nodes over all lanes take a dataset of each lane by keyword, as
`reporting.lane_data` describes. PyTorch is imported inside the functions that use it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.compute.work import training_tflop
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.evaluation.metrics import summarize_scores
from denoising_autoencoder.evaluation.paired import paired_difference
from denoising_autoencoder.evaluation.pca import PCA, fit_pca
from denoising_autoencoder.images import Float16Images, UInt8Images
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.pipelines.lanes.nodes import score_reconstructions
from denoising_autoencoder.pipelines.reporting.lane_data import by_lane

Codes = npt.NDArray[np.float16]

MOST_ENCODED = 10_000
"""Largest number of training images that get a code. Ten thousand are enough for the
probe, the rates and the neighbours; the 45,000 of CIFAR-10 take minutes a lane."""


def encoded_images(count: int) -> npt.NDArray[np.intp]:
    """Which training images get a code, of all that there are."""
    return spread(count, MOST_ENCODED)


def spread(count: int, most: int) -> npt.NDArray[np.intp]:
    """Indices of some images: evenly spread, since neighbours may be alike."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.intp)


def fit_code_pca(
    train_images: Float16Images, **lanes: LaneParameters
) -> npt.NDArray[np.float32]:
    """Fit PCA with as many numbers as the largest code of the lanes.

    Args:
        train_images: Clean, in [-1, 1], NHWC.
        lanes: The block of parameters of each lane.

    Returns:
        (1 + numbers, values), float32: the mean image, then the components.

    Raises:
        ParameterError: There are not more training images than numbers.
    """
    numbers = max(lane.options["code"] for lane in lanes.values())
    if numbers >= len(train_images):
        raise ParameterError(
            f"PCA with {numbers} numbers needs more training images than the "
            f"{len(train_images)} that there are: choose smaller codes (options.code)."
        )
    fitted = fit_pca(train_images, numbers)
    return np.concatenate([fitted.mean[None].numpy(), fitted.components.numpy()])


def encode_images(
    model: Model, inputs: Float16Images, device: str, precision: str
) -> Codes:
    """Turn images into codes.

    Args:
        model: Weights and configuration.
        inputs: In [-1, 1], NHWC.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".

    Returns:
        (n, numbers).
    """
    from denoising_autoencoder.denoisers.codec import trained_codec

    return trained_codec(model, device, precision).encode(inputs)


def score_code_pca(
    code_pca: npt.NDArray[np.float32],
    originals: UInt8Images,
    photographs: npt.NDArray[np.int32],
    **lanes: Any,
) -> pd.DataFrame:
    """Score what PCA makes of the inputs of each lane with a code of the same size.

    Args:
        code_pca: What `fit_code_pca` gave.
        originals: Clean test images: uint8, NHWC.
        photographs: Photograph that each test image is cut from.
        lanes: "<lane>.parameters", "<lane>.inputs" (test images in [-1, 1], NHWC) and
            "<lane>.noise" (the specification of their noise).

    Returns:
        A row for each image and lane: lane, and the columns of
        `lanes.nodes.score_reconstructions`.
    """
    tables = []
    for name, lane in by_lane(lanes).items():
        fitted = first_components(code_pca, lane["parameters"].options["code"])
        table = score_reconstructions(
            fitted.reconstruct(lane["inputs"]), originals, photographs, lane["noise"]
        )
        table.insert(0, "lane", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def first_components(code_pca: npt.NDArray[np.float32], numbers: int) -> PCA:
    """The PCA with a smaller code.

    Args:
        code_pca: What `fit_code_pca` gave.
        numbers: Numbers in a code.
    """
    import torch

    rows = torch.from_numpy(np.array(code_pca[: 1 + numbers]))
    return PCA(rows[0], rows[1:])


def compare_codes(
    pca_scores: pd.DataFrame, image_info: dict[str, Any], **lanes: Any
) -> pd.DataFrame:
    """Compare each lane with PCA, image by image.

    Args:
        pca_scores: Table of `score_code_pca`.
        image_info: Name of the images, and how many test images are training images.
        lanes: "<lane>.scores", "<lane>.history", "<lane>.noise", "<lane>.model" and
            "<lane>.parameters".

    Returns:
        Two rows for each lane, of the method `pca` and of `code`: lane, method,
        code_size, images, noise_std, noise, the columns of `summarize_scores`,
        n_test_in_training, tflop (the work of the training), and how many dB the lane
        is above PCA: minus_pca, low and high (95 %), p_value. Missing values are
        NaN.
    """
    rows = []
    for name, lane in by_lane(lanes).items():
        noise = read_noise(lane["noise"])
        common = {
            "lane": name,
            "code_size": lane["parameters"].options["code"],
            "images": image_info["name"],
            "noise_std": noise.std,
            "noise": noise.describe(),
            "n_test_in_training": image_info.get("n_test_in_training", np.nan),
        }
        of_pca = pca_scores[pca_scores["lane"] == name].reset_index(drop=True)
        test = paired_difference(
            lane["scores"]["psnr"].to_numpy(),
            of_pca["psnr"].to_numpy(),
            of_pca["photograph"].to_numpy(),
        )
        rows.append({"method": "pca", **common, **summarize_scores(of_pca)})
        rows.append(
            {
                "method": "code",
                **common,
                **summarize_scores(lane["scores"]),
                "tflop": _tflop(lane),
                "minus_pca": test.difference,
                "low": test.low,
                "high": test.high,
                "p_value": test.p_value,
            }
        )
    return pd.DataFrame(rows)


def _tflop(lane: dict[str, Any]) -> float:
    from denoising_autoencoder.networks.build import rebuild_network
    from denoising_autoencoder.networks.summary import count_macs

    options = lane["parameters"].options
    size = options["height"], options["width"], options["channels"]
    network = rebuild_network(lane["model"]).train()  # which refines no code
    macs = count_macs(network, *size)
    return training_tflop(macs, lane["history"]["images_seen"].max())
