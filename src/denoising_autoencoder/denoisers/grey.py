"""A denoiser of colour pictures, for grey ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from denoising_autoencoder.denoisers.contract import Denoiser, Sigma

if TYPE_CHECKING:
    import torch


def on_grey(denoiser: Denoiser) -> Denoiser:
    """Show a denoiser grey images as three equal channels, and average what it gives.

    It removes less than a denoiser that learned grey images: three equal channels have
    the same noise, where those of a colour image have three.

    Args:
        denoiser: Denoiser for three channels.

    Returns:
        A denoiser for one channel that is blind if the given one is.
    """

    def denoise(images: torch.Tensor, sigma: Sigma | None = None) -> torch.Tensor:
        return denoiser(images.expand(-1, 3, -1, -1), sigma).mean(dim=1, keepdim=True)

    return denoise
