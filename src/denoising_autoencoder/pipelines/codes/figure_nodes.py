"""Nodes that draw the figures of the codes. `figure_list` lists them with their inputs.

PyTorch, Matplotlib and scikit-learn are imported inside the functions that use them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.evaluation import maps
from denoising_autoencoder.evaluation.exact import shown_psnr
from denoising_autoencoder.evaluation.nearest import nearest
from denoising_autoencoder.extras import CODES
from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.pipelines.codes.nodes import (
    Codes,
    encoded_images,
    first_components,
)
from denoising_autoencoder.pipelines.reporting.lane_data import by_lane

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and only the
# functions that draw import Matplotlib.
Figure = Any

_QUERIES, _NEIGHBOURS = 8, 5
"""Test images whose neighbours are shown, and how many by each measure."""

_PAIRS, _STEPS = 3, 9
"""Pairs of test images, and steps from one to the other."""

_MOST_ON_MAP = 1000
"""Test images that are on the maps: more would take minutes and not be shown."""


def plot_code_sizes(scores: pd.DataFrame, image_info: dict[str, Any]) -> Figure:
    """Draw the PSNR of the lanes with clean inputs and of PCA against the code's size.

    Args:
        scores: Table of `nodes.compare_codes`.
        image_info: Name of the images.
    """
    from denoising_autoencoder import figures

    clean = scores[scores["noise_std"] == 0]
    both = {name: clean[clean["method"] == name] for name in ("code", "pca")}
    count = both["code"]["n_images"].iloc[0]
    return figures.psnr_by_code_size(
        {"autoencoder": both["code"], "PCA": both["pca"]},
        both["code"].rename(columns={"minus_pca": "difference"}),
        compared="autoencoder minus PCA",
        title=f"Images from small codes · {image_info['name']}, {count:,} test images",
    )


def plot_code_examples(
    originals: UInt8Images,
    pca_scores: pd.DataFrame,
    code_pca: npt.NDArray[np.float32],
    image_info: dict[str, Any],
    parameters: ReportingParameters,
    **lanes: Any,
) -> Figure:
    """Show the first test images, and what PCA and each lane make of them.

    Args:
        originals: Clean test images: uint8, NHWC.
        pca_scores: Table of `nodes.score_code_pca`.
        code_pca: What `nodes.fit_code_pca` gave.
        image_info: Name of the images.
        parameters: `examples`: number of images.
        lanes: "<lane>.inputs", "<lane>.outputs", "<lane>.codes" and "<lane>.scores".
    """
    from denoising_autoencoder import figures

    count = min(parameters.examples, len(originals))
    rows = [figures.ImageRow("original", originals[:count])]
    sized = {
        name: (lane["codes"].shape[1], lane) for name, lane in by_lane(lanes).items()
    }
    for name, (size, lane) in sorted(sized.items(), key=lambda item: item[1][0]):
        linear = first_components(code_pca, size).reconstruct(lane["inputs"][:count])
        of_pca = pca_scores[pca_scores["lane"] == name]
        for method, images, scores in (
            ("PCA", linear, of_pca),
            ("code", lane["outputs"][:count], lane["scores"]),
        ):
            psnr = shown_psnr(scores.head(count))
            rows.append(figures.ImageRow(f"{method} of {size:,}", images, psnr))
    return figures.image_rows(
        rows,
        title="Images from PCA and from the autoencoder's code, with as many numbers · "
        f"{image_info['name']}, first {count} test images",
    )


def plot_neighbours(
    originals: UInt8Images,
    test_images: Float16Images,
    test_codes: Codes,
    test_labels: npt.NDArray[np.int32],
    train_images: Float16Images,
    train_codes: Codes,
    train_labels: npt.NDArray[np.int32],
    train_indices: npt.NDArray[np.int64],
    image_info: dict[str, Any],
) -> Figure:
    """Show the training images nearest to some test images, by code and by pixels.

    Args:
        originals: Clean test images: uint8, NHWC.
        test_images: The same in [-1, 1].
        test_codes: Their codes.
        test_labels: (n,) label of each; empty if the images have none.
        train_images: In [-1, 1], NHWC.
        train_codes: Codes of those that `nodes.encoded_images` names, among which
            neighbours are searched.
        train_labels: (m,) label of each image for training and validation, or empty.
        train_indices: Which of the m images are for training.
        image_info: Name of the images.
    """
    from denoising_autoencoder import figures

    chosen = encoded_images(len(train_images))
    train_images = np.asarray(train_images[chosen])
    count = min(_NEIGHBOURS, len(train_images))
    near = {
        "nearest by code": nearest(test_codes[:_QUERIES], train_codes, count),
        "nearest by pixels": nearest(test_images[:_QUERIES], train_images, count),
    }
    groups = {}
    for name, indices in near.items():
        same = None
        if len(test_labels):
            labels = np.asarray(train_labels)[
                np.asarray(train_indices)[chosen][indices]
            ]
            same = labels == np.asarray(test_labels)[: len(indices), None]
        images = unnormalize(train_images[indices])
        groups[name] = figures.Neighbours(images, same)
    return figures.nearest_images(
        originals[:_QUERIES],
        groups,
        title=f"Nearest training images by codes of {test_codes.shape[1]:,} numbers "
        f"and by {test_images[0].size:,} values of pixels · {image_info['name']}",
    )


def plot_blends(
    model: Model,
    test_images: Float16Images,
    test_codes: Codes,
    image_info: dict[str, Any],
    device: str,
    precision: str,
) -> Figure:
    """Show ways between pairs of test images: by their codes and by their pixels.

    Args:
        model: Weights and configuration.
        test_images: Clean, in [-1, 1], NHWC.
        test_codes: Their codes.
        image_info: Name of the images.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".
    """
    from denoising_autoencoder import figures
    from denoising_autoencoder.denoisers.codec import trained_codec

    codec = trained_codec(model, device, precision)
    pairs = []
    for first in range(0, min(2 * _PAIRS, len(test_images)), 2):
        both = [first, (first + 1) % len(test_images)]
        codes, pixels = _between(*test_codes[both]), _between(*test_images[both])
        pairs.append({"code": codec.decode(codes), "pixels": unnormalize(pixels)})
    return figures.blends(
        pairs,
        title=f"From one test image to another, by a code of {test_codes.shape[1]:,} "
        f"numbers and by pixels · {image_info['name']}",
    )


def plot_code_map(
    originals: UInt8Images, test_codes: Codes, image_info: dict[str, Any], seed: int
) -> Figure:
    """Draw maps of the test codes: the main directions of PCA, and t-SNE.

    Args:
        originals: Clean test images: uint8, NHWC.
        test_codes: Their codes.
        image_info: Name of the images.
        seed: Seed of t-SNE.

    Raises:
        ProjectError: scikit-learn is not installed.
    """
    from denoising_autoencoder import figures

    codes = np.asarray(test_codes[:_MOST_ON_MAP])
    with CODES.needed():
        places = {
            "PCA: the two directions in which the codes vary most": (
                maps.linear_map(codes)
            ),
            "t-SNE: neighbours stay together": maps.neighbour_map(codes, seed),
        }
    return figures.image_maps(
        originals[: len(codes)],
        places,
        title=f"Maps of codes of {codes.shape[1]:,} numbers · {image_info['name']}, "
        f"{len(codes):,} test images",
    )


def _between(
    first: npt.NDArray[np.float16], last: npt.NDArray[np.float16]
) -> npt.NDArray[np.float32]:
    """Equal steps from one array to another: float32, (steps, ...)."""
    shares = np.linspace(0, 1, _STEPS, dtype=np.float32)
    shares = shares.reshape(-1, *(1 for _ in first.shape))
    steps: npt.NDArray[np.float32] = (1 - shares) * first + shares * last
    return steps
