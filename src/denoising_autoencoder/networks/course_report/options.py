"""Options of the course report's network."""

from __future__ import annotations

from pydantic import Field, model_validator

from denoising_autoencoder.networks.options import NetworkOptions


class Options(NetworkOptions):
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
    def _batch_norm_takes_the_biases_away(self) -> Options:
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
