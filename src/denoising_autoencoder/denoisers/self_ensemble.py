"""A denoiser that is asked eight times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from denoising_autoencoder.denoisers.contract import Denoiser, Sigma

if TYPE_CHECKING:
    import torch


def self_ensemble(denoiser: Denoiser) -> Denoiser:
    """Average a denoiser over the flips and transposes of its input.

    Geometric self-ensemble (Timofte et al. 2016, "Seven Ways to Improve Example-Based
    Single Image Super Resolution"): each of the eight symmetries of the square is
    denoised and turned back, and the mean is taken. Eight times the work.

    Args:
        denoiser: Denoiser that also takes images whose height and width are exchanged.

    Returns:
        A denoiser that is blind if the given one is.
    """

    def average(images: torch.Tensor, sigma: Sigma | None = None) -> torch.Tensor:
        total = images.new_zeros(images.shape)
        for sides in ((), (2,), (3,), (2, 3)):
            flipped = images.flip(sides)
            total += denoiser(flipped, sigma).flip(sides)
            transposed = denoiser(flipped.transpose(2, 3), sigma)
            total += transposed.transpose(2, 3).flip(sides)
        return total / 8

    return average
