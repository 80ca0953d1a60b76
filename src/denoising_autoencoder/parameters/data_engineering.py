"""The blocks of parameters_data_engineering.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Field, model_validator

from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.noise.table import KINDS
from denoising_autoencoder.parameters.blocks import Line, Name
from denoising_autoencoder.validation import Block


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


def _leave_nulls_out(block: Any) -> Any:
    """A field that is null counts as left out.

    An environment is merged into the base configuration, whose fields for another kind
    of noise cannot be removed in any other way.
    """
    if not isinstance(block, dict):
        return block
    return {name: value for name, value in block.items() if value is not None}


def _one_of(kinds: tuple[type[Noise], ...]) -> Any:
    """The type of a block that is one of several kinds, told apart by `kind`."""
    if len(kinds) == 1:
        return kinds[0]
    return Annotated[Union[kinds], Field(discriminator="kind")]  # noqa: UP007


if TYPE_CHECKING:
    NoiseParameters = Noise
else:
    NoiseParameters = Annotated[
        _one_of(tuple(KINDS.values())), BeforeValidator(_leave_nulls_out)
    ]
    """What is added to the clean images: the block of one kind of noise."""
