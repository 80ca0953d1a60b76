"""The linear probe of codes, and the codes that it learns from.

PyTorch and scikit-learn are imported inside the functions that use them.
"""

from __future__ import annotations

import logging
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.evaluation.paired import paired_difference
from denoising_autoencoder.evaluation.probe import Labelled, probe
from denoising_autoencoder.extras import CODES
from denoising_autoencoder.images import Float16Images
from denoising_autoencoder.pipelines.codes.nodes import (
    Codes,
    encoded_images,
    first_components,
)
from denoising_autoencoder.pipelines.reporting.lane_data import by_lane

logger = logging.getLogger(__name__)

COLUMNS = (
    *("lane", "method", "code_size", "accuracy", "n_images"),
    *("minus_pca", "low", "high", "p_value"),
)

Labels = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]


def encode_training_images(
    model: Model,
    train_images: Float16Images,
    validation_images: Float16Images,
    device: str,
    precision: str,
) -> tuple[Codes, Codes]:
    """Turn images for training and for validation into codes.

    Args:
        model: Weights and configuration.
        train_images: In [-1, 1], NHWC. Those of `encoded_images` get a code.
        validation_images: In [-1, 1], NHWC.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".

    Returns:
        The codes of each: float16, (n, numbers).
    """
    from denoising_autoencoder.denoisers.codec import trained_codec

    codec = trained_codec(model, device, precision)
    chosen = train_images[encoded_images(len(train_images))]
    return codec.encode(chosen), codec.encode(validation_images)


def probe_codes(
    train_labels: Labels,
    test_labels: Labels,
    train_indices: Indices,
    validation_indices: Indices,
    train_images: Float16Images,
    validation_images: Float16Images,
    test_images: Float16Images,
    test_photographs: npt.NDArray[np.int32],
    code_pca: npt.NDArray[np.float32],
    **lanes: Any,
) -> pd.DataFrame:
    """Find how many test labels a linear classifier reads from codes.

    Args:
        train_labels: (m,) label of each image for training and validation; empty if
            the images have none.
        test_labels: (n,) label of each test image, or empty.
        train_indices: Which of the m images are for training.
        validation_indices: Which are for validation.
        train_images: In [-1, 1], NHWC.
        validation_images: In [-1, 1], NHWC.
        test_images: In [-1, 1], NHWC.
        test_photographs: Photograph that each test image is cut from.
        code_pca: What `nodes.fit_code_pca` gave.
        lanes: "<lane>.train_codes", "<lane>.validation_codes" and "<lane>.codes" of
            each lane with clean inputs.

    Returns:
        Two rows for each lane, of the method `pca` and of `code`: lane, method,
        code_size, accuracy (share of the test labels) and n_images; in the second also
        the difference to PCA, paired by image: minus_pca, low and high (95 %), p_value.
        There are no rows, and a sentence in the log, if the images have no
        labels or those for training have only one.

    Raises:
        ProjectError: scikit-learn is not installed.
    """
    chosen = encoded_images(len(train_images))
    labels = (
        (
            np.asarray(train_labels)[train_indices[chosen]],
            np.asarray(train_labels)[validation_indices],
            np.asarray(test_labels),
        )
        if len(train_labels)
        else (np.empty(0, np.int32),) * 3
    )
    if len(np.unique(labels[0])) < 2:
        logger.info("%s", _why_not(len(train_labels)))
        return pd.DataFrame(columns=list(COLUMNS))
    by_pca = [
        first_components(code_pca, len(code_pca) - 1).encode(images)
        for images in (train_images[chosen], validation_images, test_images)
    ]
    rows = []
    for name, lane in by_lane(lanes).items():
        own = [lane[field] for field in ("train_codes", "validation_codes", "codes")]
        size = own[0].shape[1]
        # The first components are the PCA with a smaller code.
        linear = [codes[:, :size] for codes in by_pca]
        with CODES.needed():
            pca, code = (
                probe(*map(Labelled, codes, labels)).found.astype(float)
                for codes in (linear, own)
            )
        test = paired_difference(code, pca, test_photographs)
        difference = (test.difference, test.low, test.high, test.p_value)
        rows.append((name, "pca", size, pca.mean(), len(pca), *4 * [nan]))
        rows.append((name, "code", size, code.mean(), len(code), *difference))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _why_not(labels: int) -> str:
    reason = "the training images have only one" if labels else "the images have none"
    return f"No linear probe: it needs labels, and {reason}."
