"""Results of the course report "Autoencoders for Reconstruction", for comparison.

Its text says noise of variance 0.1, but its public code draws a standard deviation of
0.1, and its SSIM fits the code: with its network and variance 0.1 the SSIM is .82. So
our results are compared with the report's only at a standard deviation of 0.1.
"""

from __future__ import annotations

import math

from denoising_autoencoder.noise.kind import Noise

IMAGES = "CIFAR-10"
NOISE_STD = 0.1

FIGURES = {
    ("ae", "training MSE, first"): 0.232,
    ("ae", "validation MSE, first"): 0.188,
    ("ae", "training MSE, last"): 0.012,
    ("ae", "validation MSE, last"): 0.012,
    ("ae", "test MSE"): 0.012,
    ("dae", "training MSE, first"): 0.249,
    ("dae", "validation MSE, first"): 0.213,
    ("dae", "test MSE"): 0.016,
    ("dae", "test PSNR"): 24.48,
    ("dae", "test SSIM"): 0.889,
}
"""The report's figures, by the lane that is its model, and what they measure."""

LANES = frozenset(lane for lane, _ in FIGURES)
"""Lanes for which the report has figures."""


def why_not_comparable(images: str, noise: Noise) -> str | None:
    """Why a run cannot be compared with the report; None if it can.

    Args:
        images: Name of the run's images.
        noise: The run's noise.
    """
    if not images.startswith(IMAGES):
        return "the report gives no figure for these images"
    if noise.kind != "gaussian" or not math.isclose(noise.std, NOISE_STD):
        return "the report gives no figure at this noise"
    return None
