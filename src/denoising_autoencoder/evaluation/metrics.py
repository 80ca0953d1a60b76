"""MSE, PSNR and SSIM of images against their originals, and their means."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.compute.parts import for_each_part
from denoising_autoencoder.evaluation.exact import counted_mse, is_exact
from denoising_autoencoder.images import LEVEL, UInt8Images

METRICS = ("mse", "psnr", "ssim")

_WINDOW = 7
"""Side of SSIM's window in pixels: scikit-image's default."""

_PIXELS = 12 * 32 * 32
"""Number of pixels that are scored at once. An array of 128 kB (16,384 pixels) or more
gets new memory from the system for every operation. That takes time, and threads wait
for one another there."""

FEWEST_PHOTOGRAPHS = 10
"""Smallest number of photographs for a standard error clustered by photograph. With
fewer it is the spread of a few values, and strongly biased towards zero."""


def score_images(images: UInt8Images, originals: UInt8Images) -> pd.DataFrame:
    """Score each image against its original, on what a user gets: rounded uint8.

    SSIM, and the PSNR of each image that is not exact, equal scikit-image's to the last
    bit, with data_range 255. SSIM has the default uniform 7x7 window over each channel,
    as in the course report.

    Args:
        images: uint8, (n, height, width, 1 or 3), of 7 pixels a side or more.
        originals: uint8, same shape.

    Returns:
        n rows: `mse` on the [-1, 1] scale, `psnr` in dB, `ssim` (at most 1). An exact
        image has an MSE of 0 and the PSNR of `highest_psnr`.

    Raises:
        ValueError: The shapes differ, or the images are smaller than SSIM's window.
    """
    if images.shape != originals.shape:
        raise ValueError(
            f"{images.shape} and {originals.shape} are not pairs of images"
        )
    height, width = images.shape[1:3]
    if min(height, width) < _WINDOW:
        raise ValueError(f"SSIM needs {_WINDOW} pixels a side, not {width}x{height}")
    return _in_parts(_score, images, originals, METRICS)


def measure_errors(images: UInt8Images, originals: UInt8Images) -> pd.DataFrame:
    """The MSE and the PSNR of each image, as in `score_images`.

    Args:
        images: uint8, (n, height, width, 1 or 3).
        originals: uint8, same shape.

    Returns:
        n rows: `mse`, `psnr`.
    """
    return _in_parts(_errors, images, originals, METRICS[:2])


def highest_psnr(height: int, width: int, channels: int) -> float:
    """The highest PSNR of an image that is not exact, with which exact ones count.

    One sample (one channel value of one pixel) is off by one level: an MSE of
    1 / (height width channels) squared levels, a PSNR of
    10 log10(255^2 height width channels).

    Returns:
        dB: 83.0 for 32x32 pixels in colour.
    """
    return 10 * math.log10(255**2 * height * width * channels)


def _in_parts(
    score: Callable[[UInt8Images, UInt8Images], npt.NDArray[np.float64]],
    images: UInt8Images,
    originals: UInt8Images,
    columns: Sequence[str],
) -> pd.DataFrame:
    count, height, width = images.shape[:3]
    rows = np.empty((count, len(columns)))

    def score_part(part: slice) -> None:
        rows[part] = score(images[part], originals[part])

    for_each_part(score_part, count, max(1, _PIXELS // (height * width)))
    return pd.DataFrame(rows, columns=list(columns))


def _score(images: UInt8Images, originals: UInt8Images) -> npt.NDArray[np.float64]:
    channels = range(images.shape[-1])
    ssim = [_ssim(images[..., c], originals[..., c]) for c in channels]
    return np.column_stack([_errors(images, originals), np.mean(ssim, axis=0)])


def _errors(images: UInt8Images, originals: UInt8Images) -> npt.NDArray[np.float64]:
    error = images.astype(np.float64) - originals
    mse = (error**2).mean(axis=(1, 2, 3))
    one_level_off = 1 / math.prod(images.shape[1:])
    psnr = 10 * np.log10(255**2 / np.where(mse == 0, one_level_off, mse))
    return np.column_stack([mse * LEVEL**2, psnr])


def _ssim(images: UInt8Images, originals: UInt8Images) -> npt.NDArray[np.float64]:
    """The SSIM of one channel of many images, in one call.

    For small images this takes a third of the time. The images are stacked into one
    high image; the windows across the seams are those that SSIM leaves out for every
    single image.
    """
    from skimage.metrics import structural_similarity

    stacked = (array.reshape(-1, array.shape[-1]) for array in (originals, images))
    _, everywhere = structural_similarity(
        *stacked, win_size=_WINDOW, data_range=255, full=True
    )
    edge = _WINDOW // 2
    inside = everywhere.reshape(images.shape)[:, edge:-edge, edge:-edge]
    means: npt.NDArray[np.float64] = inside.mean(axis=(1, 2))
    return means


def summarize_scores(scores: pd.DataFrame) -> dict[str, float | int | str]:
    """Summarize the scores of images.

    Args:
        scores: Columns mse, psnr, ssim and photograph (the photograph that an image is
            cut from).

    Returns:
        `n_images`, `n_photographs`, the columns of `summarize_errors`, the mean `ssim`,
        `psnr_se` and `ssim_se` (see `standard_error`), and `standard_error` (their
        basis, in words).
    """
    photographs = scores["photograph"].to_numpy()
    count = len(np.unique(photographs))
    if count == len(scores):
        basis = "by image"
    elif count >= FEWEST_PHOTOGRAPHS:
        basis = "clustered by photograph"
    else:
        basis = f"none, {count} photographs are too few"
    return {
        "n_images": len(scores),
        "n_photographs": count,
        **summarize_errors(scores),
        "psnr_se": standard_error(scores["psnr"].to_numpy(), photographs),
        "ssim": float(scores["ssim"].mean()),
        "ssim_se": standard_error(scores["ssim"].to_numpy(), photographs),
        "standard_error": basis,
    }


def summarize_errors(scores: pd.DataFrame) -> dict[str, float | int]:
    """Summarize the errors of images.

    Args:
        scores: Columns mse and psnr.

    Returns:
        `n_exact` (the number of images that equal their originals), the means `mse` and
        `psnr`, and `psnr_of_mean_mse`, which is lower than the mean PSNR: the mean of
        the logarithms rewards easy images. Exact images count in both PSNRs as if one
        sample were off by one level (`highest_psnr`).
    """
    return {
        "n_exact": int(is_exact(scores).sum()),
        "mse": float(scores["mse"].mean()),
        "psnr": float(scores["psnr"].mean()),
        "psnr_of_mean_mse": 10 * math.log10(4 / float(counted_mse(scores).mean())),
    }


def standard_error(
    values: npt.NDArray[np.float64], clusters: npt.NDArray[np.integer]
) -> float:
    """The standard error of a mean whose values come in clusters.

    Images from one photograph resemble each other, so n of them say less than n
    photographs. The cluster-robust estimate for a mean is
    sqrt(G / (G - 1) * sum over clusters of (sum of its deviations)^2) / n with G
    clusters (Liang and Zeger, 1986); with one value in each cluster it is the usual
    s / sqrt(n).

    Args:
        values: (n,) float.
        clusters: (n,) cluster of each value.

    Returns:
        The standard error; NaN if values share fewer than `FEWEST_PHOTOGRAPHS`
        clusters, and for a single value.
    """
    _, which = np.unique(clusters, return_inverse=True)
    count = int(which.max()) + 1
    if count == 1 or count < min(len(values), FEWEST_PHOTOGRAPHS):
        return math.nan
    sums = np.bincount(which, weights=values - values.mean())
    return math.sqrt(count / (count - 1) * float(sums @ sums)) / len(values)
