"""Options of the autoencoder with a small code."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from denoising_autoencoder.images import MOST_LINEAR
from denoising_autoencoder.networks.options import NetworkOptions

_Width = Annotated[int, Field(ge=1, le=1024, strict=True)]
_Blocks = Annotated[int, Field(ge=0, le=64, strict=True)]
_Side = Annotated[int, Field(ge=4, le=256, strict=True)]


class Options(NetworkOptions):
    """Size of the images and of the code, and of the networks on both sides."""

    code: int = Field(
        default=128,
        ge=1,
        le=2**16,
        strict=True,
        description="Numbers in the code of an image.",
    )
    height: _Side = Field(default=32, description="Height of the images, in pixels.")
    width: _Side = Field(default=32, description="Width of the images, in pixels.")
    encoder_widths: tuple[_Width, ...] = Field(
        default=(16, 32),
        max_length=6,
        description="Channels of each level of the network before the code; none: the "
        "code is linear.",
    )
    encoder_blocks: tuple[_Blocks, ...] = Field(
        default=(1, 4),
        max_length=6,
        description="Residual blocks of each of its levels, on the way down and up.",
    )
    widths: tuple[_Width, ...] = Field(
        default=(16, 32),
        min_length=1,
        max_length=6,
        description="Channels of each level of the network after the code.",
    )
    blocks: tuple[_Blocks, ...] = Field(
        default=(1, 4),
        min_length=1,
        max_length=6,
        description="Residual blocks of each of its levels, on the way down and up.",
    )

    refine: int = Field(
        default=3,
        ge=0,
        le=100,
        strict=True,
        description="Steps of gradient descent by which a new code is improved after "
        "the training. 0 for noisy images, whose noise it would bring back.",
    )

    @model_validator(mode="after")
    def _check(self) -> Options:
        pairs = (("widths", "blocks"), ("encoder_widths", "encoder_blocks"))
        for widths, blocks in pairs:
            levels = len(getattr(self, widths)), len(getattr(self, blocks))
            if levels[0] != levels[1]:
                raise ValueError(
                    f"{widths} names {levels[0]} levels and {blocks} {levels[1]}: give "
                    "both the same number of levels"
                )
        values = self.channels * self.height * self.width
        if values > MOST_LINEAR:
            raise ValueError(
                f"the linear map to the code of an image of {self.height}x{self.width}x"
                f"{self.channels} = {values} values would take too much memory: choose "
                f"images of at most {MOST_LINEAR} values, such as tiles of 64x64 pixels"
            )
        if self.code >= values:
            raise ValueError(
                f"a code of {self.code} numbers is not smaller than an image of "
                f"{self.height}x{self.width}x{self.channels} = {values} values: choose "
                "a smaller code"
            )
        return self

    @property
    def image_size(self) -> tuple[int, int]:
        """The size for which the linear maps are made."""
        return self.height, self.width

    @property
    def fewest_images(self) -> int:
        """PCA finds as many directions as there are images, less one."""
        return self.code + 1

    def code_size(self, height: int, width: int) -> int:
        """The numbers in the code, whatever the image."""
        del height, width
        return self.code
