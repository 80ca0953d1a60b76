"""Options of the residual U-Net."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from denoising_autoencoder.networks.options import NetworkOptions

_Width = Annotated[int, Field(ge=1, le=1024, strict=True)]


class Options(NetworkOptions):
    """Size and parts of the U-Net."""

    widths: tuple[_Width, ...] = Field(
        default=(32, 64),
        min_length=1,
        max_length=6,
        description="Channels of each level. Each level halves the side.",
    )
    blocks: tuple[Annotated[int, Field(ge=0, le=64, strict=True)], ...] = Field(
        default=(1, 4),
        min_length=1,
        max_length=6,
        description="Residual blocks of each level, on the way down and on the way up.",
    )
    unshuffle: int = Field(
        default=1,
        ge=1,
        le=4,
        strict=True,
        description="Side of the square of pixels that the first level sees as one.",
    )
    batch_norm: bool = Field(
        default=False,
        strict=True,
        description="Batch normalization after each convolution of a block.",
    )
    input_skip: bool = Field(
        default=True,
        strict=True,
        description="The network predicts what has to be added to its input.",
    )
    leak: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Slope of the ReLUs below zero. Above 0 no channel can die, as "
        "whole blocks do in long trainings.",
    )
    sigma_map: bool = Field(
        default=False,
        strict=True,
        description="The noise level is a further input, as a map of the image's size.",
    )

    @model_validator(mode="after")
    def _as_many_blocks_as_widths(self) -> Options:
        if len(self.widths) != len(self.blocks):
            raise ValueError(
                f"widths names {len(self.widths)} levels and blocks "
                f"{len(self.blocks)}: give both the same number of levels"
            )
        return self
