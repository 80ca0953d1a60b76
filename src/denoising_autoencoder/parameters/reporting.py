"""The block of parameters_reporting.yml."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator

from denoising_autoencoder.validation import Block


class ReportingParameters(Block):
    """What the figures show."""

    examples: int = Field(
        ge=1, le=20, description="Number of test images in the figures: the first."
    )
    sigmas: list[Annotated[float, Field(gt=0, le=2)]] = Field(
        min_length=2,
        max_length=50,
        description="Noise levels at which each denoiser is tried, ascending.",
    )
    sigma_images: int = Field(
        ge=1, description="Number of test images on which it is tried: the first."
    )
    pca_components: int | None = Field(
        ge=1,
        le=4096,
        description="Numbers in the code of PCA, which is judged beside autoencoders; "
        "null: PCA is left out.",
    )

    @field_validator("sigmas")
    @classmethod
    def _each_is_larger_than_the_one_before(cls, sigmas: list[float]) -> list[float]:
        if any(b <= a for a, b in pairwise(sigmas)):
            raise ValueError("each of reporting.sigmas must be larger than the last")
        return sigmas
