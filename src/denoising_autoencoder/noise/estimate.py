"""How strong the noise in a picture is, estimated from the picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

_Values = npt.NDArray[np.float64]

SMALLEST_SIDE = 8
"""Side of the smallest picture whose noise is estimated, in pixels."""

STRONGEST = 160.0
"""Largest estimate. Values clamped to 0 and 255 tell no more about stronger noise."""

_SIDES = (6, 5, 4, 3)
"""Sides of a patch, the largest first for which there are enough patches."""

_ENOUGH, _ENOUGH_QUIET = 4, 10
"""Patches, and quiet ones, for each value of a patch."""

_MOST = 40_000
"""Patches that are looked at."""

_QUIET = 0.2
"""Share of the patches that are quiet, where the noise is not strong."""

_STRONG = 30.0
"""Noise, in levels, from which all patches are taken: it hides their texture, and among
the quiet ones are then too many that are clamped."""

_WHITE = 255.0


def estimate_sigma(pixels: npt.NDArray[Any], value_range: tuple[float, float]) -> float:
    """Estimate the standard deviation of Gaussian noise, before values were clamped.

    It is taken from the high frequencies of the patches whose low frequencies have
    little energy, as by Ponomarenko et al. 2007, "An Automatic Approach to Lossy
    Compression of AVIRIS Images": in noise, the one says nothing about the other. What
    is left of the picture there lies in few directions, noise in all: the smaller
    eigenvalues of the covariance are the noise's variance (Chen, Zhu and Heng 2015, "An
    Efficient Statistical Method for Image Noise Level Estimation"). Clamping takes from
    the variance what it takes from Gaussian noise around the patches' mean values; that
    is added again.

    The noise is taken to be independent from pixel to pixel and equally strong in all
    channels. Where it is not, as after JPEG compression and in most cameras' files, the
    estimate is too low. Differences of colours would hold less of the picture, but no
    noise at all in grey pictures saved as RGB and in JPEG's subsampled colours; so each
    channel gives patches of its own.

    Args:
        pixels: (height, width, 1 or 3), any real dtype, finite; may be memory-mapped.
            Patches are taken from a fixed grid, so that a large picture costs no more
            than one of some 200x200 pixels, and the estimate is always the same.
        value_range: Values that are black and white, to which noisy values are clamped.

    Returns:
        Standard deviation in levels of 255 of the value range, rounded to 0.01, at most
        `STRONGEST`; 0 if a side is shorter than `SMALLEST_SIDE`, and for a picture that
        is black or white everywhere.
    """
    low, high = value_range
    if min(pixels.shape[:2]) < SMALLEST_SIDE or low == high:
        return 0.0
    patches = (_sample_patches(pixels).astype(np.float64) - low) * _WHITE / (high - low)
    means = patches.mean(axis=(1, 2))
    # What is overexposed has no noise left.
    kept = (means > 0.5) & (means < _WHITE - 0.5)
    if not kept.any():
        return 0.0
    means = means[kept]
    coarse, fine = _frequencies(patches[kept])
    quiet = np.argsort((coarse**2).sum(axis=1), kind="stable")
    count = max(int(_QUIET * len(quiet)), _ENOUGH_QUIET * patches[0].size)
    quiet = quiet[:count]
    sigma = _undo_clamping(_noise_std(fine[quiet]), means[quiet])
    if sigma > _STRONG:
        sigma = _undo_clamping(_noise_std(fine), means)
    return round(sigma, 2)


def _sample_patches(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Patches of each channel from a grid: (count, side, side)."""
    height, width = pixels.shape[:2]
    for side in _SIDES:
        count = (height - side + 1) * (width - side + 1)
        if count >= _ENOUGH * side**2:
            break
    # Odd, so as to see all places in the 8x8 blocks of a JPEG file.
    step = math.ceil(math.sqrt(count / _MOST)) | 1 if count > _MOST else 1
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (side, side), (0, 1))
    return windows[::step, ::step].reshape(-1, side, side)


def _frequencies(patches: _Values) -> tuple[_Values, _Values]:
    """Low frequencies, without the mean, and high ones: (count, frequencies)."""
    from scipy.fft import dctn

    side = patches.shape[1]
    waves = dctn(patches, axes=(1, 2), norm="ortho")
    frequency = np.add.outer(np.arange(side), np.arange(side))
    coarse = (frequency > 0) & (frequency < side - 1)
    return waves[:, coarse], waves[:, frequency >= side - 1]


def _noise_std(samples: _Values) -> float:
    """Root of the mean of the smaller eigenvalues: as many as lie evenly around it."""
    samples = samples - samples.mean(axis=0)
    values = np.linalg.eigvalsh(samples.T @ samples / len(samples)).clip(min=0)
    count = len(values)
    while values[:count].mean() > np.median(values[:count]):
        count -= 1
    return math.sqrt(values[:count].mean())


def _undo_clamping(std: float, means: _Values) -> float:
    """The noise that has this standard deviation after clamping, on average.

    Args:
        std: Standard deviation of the clamped noise.
        means: Means of clamped patches, (count,).
    """
    counts, edges = np.histogram(means, 128, (0, _WHITE))
    centers = (edges[1:] + edges[:-1]) / 2
    sigmas = np.concatenate([np.arange(0.25, 20, 0.25), np.arange(20, STRONGEST + 1)])
    clamped = [0.0]
    for sigma in sigmas:
        mean, variance = _clamped_moments(np.linspace(0, _WHITE, 128), sigma)
        average = np.average(np.interp(centers, mean, variance), weights=counts)
        # Rising, as for each single value, also where the means belong to no value.
        clamped.append(max(clamped[-1], math.sqrt(average)))
    return float(np.interp(std, clamped, [0, *sigmas]))


def _clamped_moments(values: _Values, sigma: float) -> tuple[_Values, _Values]:
    """Mean and variance of values with Gaussian noise, clamped to 0 and 255.

    They are integrals over a Gaussian density between the limits, and its tails.
    """
    from scipy.special import ndtr

    low, high = -values / sigma, (_WHITE - values) / sigma
    at_low, at_high = (
        np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) for z in (low, high)
    )
    inside, above = ndtr(high) - ndtr(low), 1 - ndtr(high)
    mean = values * inside + sigma * (at_low - at_high) + _WHITE * above
    square = (values**2 + sigma**2) * inside + _WHITE**2 * above
    square += sigma * (values * at_low - (values + _WHITE) * at_high)
    return mean, (square - mean**2).clip(min=0)
