"""PSNR against bits per pixel: quantised codes beside PCA, JPEG and WebP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.evaluation.image_files import Compressed
from denoising_autoencoder.evaluation.metrics import (
    measure_errors,
    score_images,
    summarize_scores,
)
from denoising_autoencoder.evaluation.rates import upper_envelope
from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.pipelines.codes.nodes import encoded_images, spread
from denoising_autoencoder.pipelines.codes.rate_methods import (
    LABELS,
    Setting,
    settings_of,
)

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and only the
# functions that draw import Matplotlib.
Figure = Any

MOST = {"training": 4000, "validation": 1000, "test": 2000}
"""Largest number of images of each part. Of the values that a number of a code takes,
some dozen matter, so 4,000 codes tell its distribution well enough; all 45,000 of
CIFAR-10 would only take longer. 1,000 images tell apart settings that lie 0.5 dB from
each other, and 2,000 give the PSNR with a standard error of less than 0.1 dB."""


def measure_rates(
    train_images: Float16Images,
    validation_images: Float16Images,
    test_images: Float16Images,
    test_photographs: npt.NDArray[np.int32],
    image_info: dict[str, Any],
    code_pca: npt.NDArray[np.float32],
    **lanes: Any,
) -> pd.DataFrame:
    """Measure PSNR against bits per pixel.

    Codes are quantised with one step for all of their numbers. How likely each value is
    has been learned from training codes. The validation images decide which settings
    of a method are kept (`worth_it`). Only these are measured on the test images.

    Args:
        train_images: Clean, in [-1, 1], NHWC.
        validation_images: Clean, in [-1, 1], NHWC.
        test_images: Clean, in [-1, 1], NHWC.
        test_photographs: Photograph that each test image is cut from.
        image_info: Name of the images.
        code_pca: Mean image and components: `nodes.fit_code_pca`.
        lanes: Of the lanes with clean inputs "<lane>.model", "<lane>.device",
            "<lane>.precision", and the codes: "<lane>.train_codes" (of
            `nodes.encoded_images`), "<lane>.validation_codes", "<lane>.codes".

    Returns:
        A row for each chosen setting, by method and by rising rate on the validation
        images: method, setting (in words), code_size and step (NaN for files), quality
        (NaN for codes), bits_per_pixel (without headers), header_bits_per_pixel, of
        these table_bits_per_pixel (JPEG's tables), n_images, psnr (the mean in dB),
        psnr_se, ssim, images.
    """
    arrays = {
        "training": train_images[encoded_images(len(train_images))],
        "validation": validation_images,
        "test": test_images,
    }
    chosen = {part: spread(len(array), MOST[part]) for part, array in arrays.items()}
    images = {part: array[chosen[part]] for part, array in arrays.items()}
    photographs = test_photographs[chosen["test"]]
    originals = {part: unnormalize(array) for part, array in images.items()}
    rows = [
        {
            "method": setting.method,
            "setting": setting.words,
            "code_size": setting.code_size,
            "step": setting.step,
            "quality": setting.quality,
            **_summary(setting.compress("test"), originals["test"], photographs),
            "images": image_info["name"],
        }
        for settings in settings_of(images, chosen, code_pca, lanes).values()
        for setting in worth_it(settings, originals["validation"])
    ]
    return pd.DataFrame(rows)


def worth_it(settings: Sequence[Setting], originals: UInt8Images) -> list[Setting]:
    """The settings that no other one, nor a mixture of two, reaches with as few bits.

    Args:
        settings: All settings of a method.
        originals: Clean validation images: uint8, NHWC.

    Returns:
        By rising rate.
    """
    bits, psnr = [], []
    for setting in settings:
        compressed = setting.compress("validation")
        bits.append(compressed.bits.mean())
        psnr.append(measure_errors(compressed.images, originals)["psnr"].mean())
    return [settings[index] for index in upper_envelope(np.array(bits), np.array(psnr))]


def plot_rates(table: pd.DataFrame) -> Figure:
    """Draw PSNR against bits per pixel.

    Args:
        table: Table of `measure_rates`.
    """
    from denoising_autoencoder.figures.rates import RateCurve, rates

    curves = {}
    for method, points in table.groupby("method", sort=False):
        bits = points["bits_per_pixel"].to_numpy()
        headers = points["header_bits_per_pixel"].to_numpy()
        whole = bits + headers if headers.any() else None
        curves[LABELS[str(method)]] = RateCurve(bits, points["psnr"].to_numpy(), whole)
    first = table.iloc[0]
    return rates(
        curves,
        f"Quality against size · {first['images']}, {first['n_images']:,} test images",
    )


def _summary(
    compressed: Compressed,
    originals: UInt8Images,
    photographs: npt.NDArray[np.int32],
) -> dict[str, float]:
    scores = score_images(compressed.images, originals)
    summary = summarize_scores(scores.assign(photograph=photographs))
    pixels = originals.shape[1] * originals.shape[2]
    return {
        "bits_per_pixel": compressed.bits.mean() / pixels,
        "header_bits_per_pixel": compressed.header_bits.mean() / pixels,
        "table_bits_per_pixel": compressed.table_bits.mean() / pixels,
        **{name: summary[name] for name in ("n_images", "psnr", "psnr_se", "ssim")},
    }
