"""The blocks of parameters_data_engineering.yml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from denoising_autoencoder.parameters.blocks import Block, Line, Name
from denoising_autoencoder.sources.table import AUTO, SOURCES


class ImagesParameters(Block):
    """Where the images come from."""

    source: Literal[(AUTO, *SOURCES)] = Field(  # type: ignore[valid-type]
        description="auto: CIFAR-10 if it can be had, else the sample."
    )
    path: Line | None = Field(
        default=None,
        description="The file to read, absolute or from the project's folder.",
    )
    name: Name | None = Field(
        default=None,
        description="Name of the images of a file in tables and titles; one that "
        "begins with CIFAR-10 says that they are CIFAR-10's.",
    )

    @model_validator(mode="after")
    def _a_file_is_named_where_it_is_read(self) -> ImagesParameters:
        of_a_file = {
            name: source.path for name, source in SOURCES.items() if source.path
        }
        if self.source in of_a_file and not self.path:
            raise ValueError(
                f"images.source={self.source} needs images.path, "
                f"{of_a_file[self.source]}"
            )
        if self.source not in of_a_file and (self.path or self.name):
            sources = " or ".join(f"images.source={name}" for name in of_a_file)
            raise ValueError(
                f"images.path and images.name belong to {sources}; "
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
