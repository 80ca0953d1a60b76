"""The blocks of parameters_data_engineering.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Field, model_validator

from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.noise.table import KINDS
from denoising_autoencoder.parameters.blocks import Line, Title
from denoising_autoencoder.sources.table import AUTO, SOURCES
from denoising_autoencoder.validation import Block


class ImagesParameters(Block):
    """Where the images come from."""

    source: Literal[(AUTO, *SOURCES)] = Field(  # type: ignore[valid-type]
        description="auto: CIFAR-10 if it can be had, else the sample."
    )
    path: Line | None = Field(
        default=None,
        description="The file or folder to read, absolute or from the project's "
        "folder.",
    )
    name: Title | None = Field(
        default=None,
        description="Name of the images of a file or folder in tables and titles; one "
        "that begins with CIFAR-10 says that they are CIFAR-10's.",
    )
    channels: Literal[3, 1] = Field(
        default=3,
        description="3: colours; 1: grey, which colours are converted to by the luma "
        "of ITU-R BT.601.",
    )
    on_leak: Literal["warn", "raise"] = Field(
        default="warn",
        description="What to do if test images are training images too: warn, or raise "
        "an error.",
    )

    tile: int | None = Field(
        default=None,
        ge=8,
        le=1024,
        description="Side of the square images that a folder's pictures are cut into, "
        "in pixels; null: 64.",
    )
    stride: int | None = Field(
        default=None,
        ge=1,
        le=2**16,
        description="Distance of two tiles in pixels; null: the side of a tile. Less "
        "gives more tiles, which overlap; more gives fewer.",
    )
    reduce: int | None = Field(
        default=None,
        ge=1,
        le=8,
        description="Pixels of a folder's pictures, down and across, that are averaged "
        "into one before the cut; null: 1. 2 takes most of JPEG's blocks away.",
    )
    test_share: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Share of a folder's pictures that are drawn for test, unless the "
        "folder has subfolders train/ and test/; null: 0.1.",
    )
    on_error: Literal["skip", "raise"] | None = Field(
        default=None,
        description="What to do with pictures of a folder that are unreadable or "
        "smaller than a tile. skip: name them and go on, as null; raise: an error.",
    )

    @model_validator(mode="after")
    def _only_pictures_are_cut(self) -> ImagesParameters:
        cut = [name for name, source in SOURCES.items() if source.cuts]
        given = [f"images.{name}" for name in self.cutting]
        if given and self.source not in cut:
            sources = " or ".join(f"images.source={name}" for name in cut)
            raise ValueError(
                f"images.source={self.source} does not take {' and '.join(given)}, "
                f"only {sources} does: leave out what is not taken"
            )
        return self

    @property
    def cutting(self) -> dict[str, Any]:
        """What is given of the fields of `sources.request.Cutting`, by name."""
        names = ("tile", "stride", "reduce", "test_share", "on_error")
        given = {name: getattr(self, name) for name in names}
        return {name: value for name, value in given.items() if value is not None}

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
