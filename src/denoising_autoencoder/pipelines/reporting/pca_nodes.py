"""PCA, which an autoencoder must beat as a denoiser must beat the untouched input."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.evaluation.pca import fit_pca
from denoising_autoencoder.images import MOST_LINEAR, Float16Images, UInt8Images
from denoising_autoencoder.pipelines.lanes.nodes import score_reconstructions

logger = logging.getLogger(__name__)


def score_pca(
    train_images: Float16Images,
    test_images: Float16Images,
    originals: UInt8Images,
    photographs: npt.NDArray[np.int32],
    clean_spec: dict[str, Any],
    components: int | None,
) -> pd.DataFrame:
    """Score what PCA makes of the test images with a code of some numbers.

    Each number of a code is rounded to float16 before it is decoded.

    Args:
        train_images: Images on which PCA is fitted, in [-1, 1], NHWC.
        test_images: Clean test images in [-1, 1], NHWC.
        originals: The same: uint8, NHWC.
        photographs: Photograph that each test image is cut from.
        clean_spec: The noise of clean images.
        components: Numbers in a code; None to leave PCA out.

    Returns:
        The table of `lanes.nodes.score_reconstructions` with the column code_size; no
        rows if PCA is left out. Why it is left out with these images stands in the log.
    """
    if components is None or not _fits(train_images.shape, components):
        outputs = originals[:0]
    else:
        logger.info(
            "PCA with %d numbers, of %d images of %s",
            *(components, len(train_images)),
            "x".join(map(str, train_images.shape[1:])),
        )
        outputs = fit_pca(train_images, components).reconstruct(test_images)
    count = len(outputs)
    table = score_reconstructions(
        outputs, originals[:count], photographs[:count], clean_spec
    )
    return table.assign(code_size=components or 0)


def _fits(shape: tuple[int, ...], components: int) -> bool:
    """Whether PCA can be compared on such images; if not, the log says why."""
    count, *size = shape
    image = "x".join(map(str, size))
    choose = "choose a smaller reporting.pca_components"
    if math.prod(size) > MOST_LINEAR:
        reason = f"images of {image} are too large for it"
    elif components >= math.prod(size):
        reason = f"a code of {components} numbers is as large as an image of {image}"
        reason += f", so {choose}"
    elif components >= count:
        reason = f"{components} numbers need more than {count} training images, so "
        reason += choose
    else:
        return True
    logger.warning("PCA is left out of the metrics: %s.", reason)
    return False
