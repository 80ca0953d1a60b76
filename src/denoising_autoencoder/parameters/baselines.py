"""The block of parameters_baselines.yml."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from denoising_autoencoder.denoisers.filters.options import FilterGrids
from denoising_autoencoder.validation import Block


class BaselinesParameters(Block):
    """How filters are tuned, judged and shown; a method that is null is left out."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"processes"})
    """Fields that do not change the results."""

    tuning_images: int = Field(
        ge=1, description="Number of validation images that tune the filters."
    )
    test_images: int | None = Field(
        ge=1, description="Number of test images that are denoised; null: all."
    )
    self_ensemble: bool = Field(
        description="Whether each network is also judged by the mean of eight passes."
    )
    timing_images: int = Field(
        ge=1, le=500, description="Number of images in a timed pass of a filter."
    )
    timing_seconds: float = Field(
        ge=0,
        le=600,
        description="Seconds for which the timed passes of a method are repeated.",
    )
    example: int = Field(
        ge=1, description="Number of the test image in the figure; 1: the first."
    )
    processes: int | None = Field(
        ge=1,
        le=1024,
        description="Number of processes of the filters, and of threads of the "
        "networks; null: one per available core.",
    )
    wiener_side: Literal[3, 5, 7, 9, 11, 13, 15, 17, 19, 21] = Field(
        description="Side of the square of the Wiener filter, in pixels."
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
