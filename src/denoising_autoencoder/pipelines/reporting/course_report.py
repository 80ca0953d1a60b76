"""What the course report "Autoencoders for Reconstruction" gives, for comparison.

Its text says noise of variance 0.1; its public code draws a standard deviation of 0.1,
and its SSIM fits the code: with its network and variance 0.1 one gets .82. So its
figures stand beside ours at a standard deviation of 0.1 alone.
"""

from __future__ import annotations

import math

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


def why_not_comparable(images: str, noise_std: float) -> str | None:
    """Why the report's figures do not belong beside a run's, or None if they do.

    Args:
        images: Name of the run's images.
        noise_std: Of the run's noise, on the [-1, 1] scale.
    """
    if not images.startswith(IMAGES):
        return "the report gives no figure for these images"
    if not math.isclose(noise_std, NOISE_STD):
        return "the report gives no figure at this noise"
    return None
