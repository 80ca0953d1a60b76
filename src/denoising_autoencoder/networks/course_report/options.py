"""Options of the course report's network."""

from __future__ import annotations

from pydantic import Field, model_validator

from denoising_autoencoder.networks.options import NetworkOptions


class Options(NetworkOptions):
    """The report's own network, and what the report would have tried next."""

    layers: int = Field(
        default=2, ge=1, le=8, strict=True, description="Convolutions on each side."
    )
    width: int = Field(
        default=8, ge=1, le=1024, strict=True, description="Channels of each layer."
    )
    batch_norm: bool = Field(
        default=False,
        strict=True,
        description="Batch normalization after each layer except the last.",
    )
    input_skip: bool = Field(
        default=False,
        strict=True,
        description="The network predicts what has to be added to its input.",
    )
    linear_start: bool = Field(
        default=False,
        strict=True,
        description="Initial weights with orthogonal filters, and with biases that "
        "keep the inputs of the ReLUs above zero.",
    )

    @model_validator(mode="after")
    def _batch_norm_removes_the_biases(self) -> Options:
        if self.linear_start and self.batch_norm:
            raise ValueError(
                "linear_start is made by biases, which batch_norm removes: set one of "
                "the two to false"
            )
        return self

    @property
    def smallest_side(self) -> int:
        """Side with which one pixel is left: each of the first layers removes two."""
        return 2 * self.layers + 1

    def code_size(self, height: int, width: int) -> int | None:
        """The maps after the first half of the layers; none with an input skip."""
        if self.input_skip:
            return None
        lost = 2 * self.layers
        return self.width * (height - lost) * (width - lost)
