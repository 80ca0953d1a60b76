"""A denoiser that is asked eight times."""

from __future__ import annotations

import torch

from denoising_autoencoder.denoisers.apply import Denoiser


def self_ensemble(denoiser: Denoiser) -> Denoiser:
    """Average a denoiser over the flips and transposes of its input.

    Geometric self-ensemble (Timofte et al. 2016, "Seven Ways to Improve Example-Based
    Single Image Super Resolution"): each of the eight symmetries of the square is
    denoised and turned back, and the mean is taken. Eight times the work.

    Args:
        denoiser: Also for images whose height and width are exchanged.

    Returns:
        A denoiser.
    """

    def average(images: torch.Tensor) -> torch.Tensor:
        total = torch.zeros_like(images)
        for sides in ((), (2,), (3,), (2, 3)):
            flipped = images.flip(sides)
            total += denoiser(flipped).flip(sides)
            total += denoiser(flipped.transpose(2, 3)).transpose(2, 3).flip(sides)
        return total / 8

    return average
