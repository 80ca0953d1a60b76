"""The block of parameters_baselines.yml."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from denoising_autoencoder.denoisers.filters.options import FilterGrids
from denoising_autoencoder.validation import Block


class BaselinesParameters(Block):
    """How classical filters are tuned, judged and shown."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"processes"})
    """Fields that change no bit of what is given."""

    tuning_images: int = Field(
        ge=1, description="How many of the first validation images tune the filters."
    )
    test_images: int | None = Field(
        ge=1, description="How many of the first test images are denoised; null: all."
    )
    self_ensemble: bool = Field(
        description="Whether each network is judged by the mean of eight passes too."
    )
    timing_images: int = Field(
        ge=1, le=500, description="Images in a pass of a filter whose time is taken."
    )
    timing_seconds: float = Field(
        ge=0, le=600, description="For how long passes are repeated, for each method."
    )
    example: int = Field(
        ge=1, description="Which test image the figure shows, counted from 1."
    )
    processes: int | None = Field(
        ge=1,
        le=1024,
        description="Side by side; null: one for each core that the run may use.",
    )
    methods: FilterGrids

    @model_validator(mode="after")
    def _the_example_is_denoised(self) -> BaselinesParameters:
        if self.test_images is not None and self.example > self.test_images:
            raise ValueError(
                f"baselines.example is {self.example}, but only "
                f"{self.test_images} images (baselines.test_images) are denoised"
            )
        return self
