"""What can be chosen of each network: its options, their bounds and their defaults.

Apart from the networks themselves, so that a configuration is checked without PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from denoising_autoencoder.parameter_errors import explain

_Width = Annotated[int, Field(ge=1, le=1024, strict=True)]


class NetworkOptions(BaseModel):
    """The options of a network; which ones there are is the network's matter."""

    # Not strict, since a list in YAML or JSON stands for a tuple; each number is.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @property
    def smallest_side(self) -> int:
        """Of the images that the network takes, in pixels."""
        return 1


class ReportOptions(NetworkOptions):
    """Of the course report's network, and what the report would have tried next."""

    layers: int = Field(
        default=2, ge=1, le=8, strict=True, description="Convolutions on each side."
    )
    width: int = Field(
        default=8, ge=1, le=1024, strict=True, description="Channels of each layer."
    )
    batch_norm: bool = Field(
        default=False,
        strict=True,
        description="Batch normalization after each layer but the last.",
    )
    input_skip: bool = Field(
        default=False,
        strict=True,
        description="The network gives what is to be added to its input.",
    )
    linear_start: bool = Field(
        default=False,
        strict=True,
        description="Orthogonal filters, and biases with which hardly anything is cut "
        "by a ReLU at the start.",
    )

    @model_validator(mode="after")
    def _batch_norm_takes_the_biases_away(self) -> ReportOptions:
        if self.linear_start and self.batch_norm:
            raise ValueError(
                "linear_start is made by biases, which batch_norm takes away: set one "
                "of the two to false"
            )
        return self

    @property
    def smallest_side(self) -> int:
        """One pixel is left when each layer of the first half has taken two off."""
        return 2 * self.layers + 1


class ResUNetOptions(NetworkOptions):
    """Of the residual U-Net."""

    widths: tuple[_Width, ...] = Field(
        default=(32, 64),
        min_length=1,
        max_length=6,
        description="Channels of each level; each level halves the side.",
    )
    blocks: tuple[Annotated[int, Field(ge=0, le=64, strict=True)], ...] = Field(
        default=(1, 4),
        min_length=1,
        max_length=6,
        description="Residual blocks of each level, on the way down and up alike.",
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
        description="The network gives what is to be added to its input.",
    )

    @model_validator(mode="after")
    def _a_number_of_blocks_for_each_width(self) -> ResUNetOptions:
        if len(self.widths) != len(self.blocks):
            raise ValueError(
                f"widths names {len(self.widths)} levels and blocks "
                f"{len(self.blocks)}: give each level both"
            )
        return self


class FFDNetOptions(NetworkOptions):
    """Of the plain chain of convolutions at half resolution."""

    width: int = Field(
        default=64, ge=1, le=1024, strict=True, description="Channels of each layer."
    )
    layers: int = Field(
        default=8, ge=2, le=64, strict=True, description="Convolutions in all."
    )


OPTIONS: dict[str, type[NetworkOptions]] = {
    "report": ReportOptions,
    "resunet": ResUNetOptions,
    "ffdnet": FFDNetOptions,
}
"""The options of each network, by the network's name."""


def check_options(name: str, options: Mapping[str, Any]) -> NetworkOptions:
    """Check the options of a network.

    Args:
        name: A key of `OPTIONS`.
        options: Those that differ from the defaults.

    Returns:
        All of them, typed.

    Raises:
        ValueError: Options are unknown, of another type or out of bounds; the message
            names each.
    """
    try:
        return OPTIONS[name].model_validate(options)
    except ValidationError as error:
        problems = [
            explain(item, OPTIONS[name]) for item in error.errors(include_url=False)
        ]
        raise ValueError(f"network {name}: {'; '.join(problems)}") from error
