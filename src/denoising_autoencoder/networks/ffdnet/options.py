"""Options of the plain chain of convolutions."""

from __future__ import annotations

from pydantic import Field

from denoising_autoencoder.networks.options import NetworkOptions


class Options(NetworkOptions):
    """Size of the chain."""

    width: int = Field(
        default=64, ge=1, le=1024, strict=True, description="Channels of each layer."
    )
    layers: int = Field(
        default=8, ge=2, le=64, strict=True, description="Number of convolutions."
    )
    sigma_map: bool = Field(
        default=False,
        strict=True,
        description="The noise level is a further input, as a map of the image's size.",
    )
