"""The blocks of parameters_data_engineering.yml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from denoising_autoencoder.parameters.blocks import Block, Line, Name


class ImagesParameters(Block):
    """Where the images come from."""

    source: Literal["auto", "cifar10", "sample", "npz"] = Field(
        description="auto takes CIFAR-10 where it can be had, else the sample."
    )
    path: Line | None = Field(
        default=None, description="The .npz file, absolute or from the project's root."
    )
    name: Name | None = Field(
        default=None,
        description="What tables and titles call the images of an npz; a name that "
        "begins with CIFAR-10 says that they are.",
    )

    @model_validator(mode="after")
    def _npz_has_a_path(self) -> ImagesParameters:
        if self.source == "npz" and not self.path:
            raise ValueError(
                "images.source=npz needs images.path, the .npz file to read"
            )
        if self.source != "npz" and (self.path or self.name):
            raise ValueError(
                "images.path and images.name belong to images.source=npz; "
                f"with images.source={self.source} leave them out"
            )
        return self


class SplitParameters(Block):
    """How the training images are divided."""

    validation_fraction: float = Field(
        gt=0, lt=1, description="Share of the training images held out for validation."
    )


class NoiseParameters(Block):
    """What is added to the clean images."""

    kind: Literal["gaussian"] = Field(description="Zero mean, independent per value.")
    std: float = Field(
        gt=0, le=2, description="Standard deviation on the [-1, 1] scale."
    )
    clamp: bool = Field(description="Whether noisy images are clamped to [-1, 1].")
