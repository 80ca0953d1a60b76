"""How near an image is to its original: MSE, PSNR and SSIM, per image and summed up."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.images import LEVEL, UInt8Images
from denoising_autoencoder.workers import available_cores, share_out

METRICS = ("mse", "psnr", "ssim")

PARALLEL_FROM = 4000
"""Images from which on more processes pay for their start (0.3 ms an image)."""

FEWEST_PHOTOGRAPHS = 10
"""Photographs below which a standard error clustered by photograph says nothing: it is
a spread over that many values, and strongly biased towards zero."""


def score_images(
    images: UInt8Images, originals: UInt8Images, processes: int | None = None
) -> pd.DataFrame:
    """Score each image against its original, on what a user gets: rounded uint8.

    PSNR and SSIM are scikit-image's, with data_range 255; SSIM with its default uniform
    window of 7x7 over each channel, as the course report has it.

    Args:
        images: uint8, (n, height, width, 3).
        originals: uint8, of the same shape.
        processes: Worker processes; by default one, or for many images
            `available_cores`.

    Returns:
        n rows: `mse` on the [-1, 1] scale, `psnr` in dB (infinite for equal images),
        `ssim` (at most 1).
    """
    if processes is None:
        processes = available_cores() if len(images) >= PARALLEL_FROM else 1
    parts = (np.array_split(array, processes) for array in (images, originals))
    tasks = list(zip(*parts, strict=True))
    rows = np.concatenate(list(share_out(_score, tasks, processes)))
    return pd.DataFrame(rows, columns=list(METRICS))


def _score(images: UInt8Images, originals: UInt8Images) -> npt.NDArray[np.float64]:
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    rows = np.empty((len(images), len(METRICS)))
    with np.errstate(divide="ignore"):  # equal images: infinite PSNR
        for row, image, original in zip(rows, images, originals, strict=True):
            error = image.astype(np.float64) - original
            row[0] = np.mean((error * LEVEL) ** 2)
            row[1] = peak_signal_noise_ratio(original, image, data_range=255)
            row[2] = structural_similarity(
                original, image, data_range=255, channel_axis=-1
            )
    return rows


def summarize_scores(scores: pd.DataFrame) -> dict[str, float | int | str]:
    """Sum up per-image scores.

    Args:
        scores: Columns mse, psnr, ssim and photograph (which photograph an image is cut
            from).

    Returns:
        `n_images`, `n_photographs`, the means `mse`, `psnr`, `ssim`, `psnr_se` and
        `ssim_se` (see `standard_error`), `standard_error` (what they rest on, in
        words) and `psnr_of_mean_mse`, which is lower than the mean PSNR: the mean of
        the logarithms rewards easy images.
    """
    photographs = scores["photograph"].to_numpy()
    count = len(np.unique(photographs))
    if count == len(scores):
        basis = "by image"
    elif count >= FEWEST_PHOTOGRAPHS:
        basis = "clustered by photograph"
    else:
        basis = f"none, {count} photographs are too few"
    mse = float(scores["mse"].mean())
    return {
        "n_images": len(scores),
        "n_photographs": count,
        "mse": mse,
        "psnr": float(scores["psnr"].mean()),
        "psnr_se": standard_error(scores["psnr"].to_numpy(), photographs),
        "psnr_of_mean_mse": 10 * math.log10(4 / mse) if mse else math.inf,
        "ssim": float(scores["ssim"].mean()),
        "ssim_se": standard_error(scores["ssim"].to_numpy(), photographs),
        "standard_error": basis,
    }


def standard_error(
    values: npt.NDArray[np.float64], clusters: npt.NDArray[np.integer]
) -> float:
    """The standard error of a mean whose values come in clusters.

    Images cut from one photograph resemble one another, so that n of them tell less
    than n photographs do. The cluster-robust estimate for a mean is
    sqrt(G / (G - 1) * sum over clusters of (sum of its deviations)^2) / n with G
    clusters (Liang and Zeger, 1986); with one value a cluster it is the usual s /
    sqrt(n).

    Args:
        values: (n,) float.
        clusters: (n,) the cluster of each value.

    Returns:
        The standard error; NaN where values share fewer than `FEWEST_PHOTOGRAPHS`
        clusters, and for a single value.
    """
    _, which = np.unique(clusters, return_inverse=True)
    count = int(which.max()) + 1
    if count == 1 or count < min(len(values), FEWEST_PHOTOGRAPHS):
        return math.nan
    with np.errstate(invalid="ignore"):  # the infinite PSNR of an image and itself
        sums = np.bincount(which, weights=values - values.mean())
    return math.sqrt(count / (count - 1) * float(sums @ sums)) / len(values)
