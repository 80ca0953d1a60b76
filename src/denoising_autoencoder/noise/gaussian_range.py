"""Gaussian noise of any strength in a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from denoising_autoencoder.images import LEVEL
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.kind import Noise

if TYPE_CHECKING:
    import torch

_Std = Annotated[float, Field(gt=0, le=2)]


class GaussianRange(Gaussian):
    """Gaussian noise whose standard deviation is drawn anew for each training image.

    It is uniform between two bounds. Validation and test images get the strengths of
    `judged` in turn, so that every model is judged at the same ones.
    """

    label: ClassVar[str] = "Gaussian"

    kind: Literal["gaussian_range"] = Field(description="Kind of noise.")  # type: ignore[assignment]
    std: float = Field(
        gt=0,
        le=2,
        description="Largest standard deviation on the [-1, 1] scale, before clamping.",
    )
    low: float = Field(
        ge=0, le=2, description="Smallest standard deviation of training images."
    )
    judged: list[_Std] = Field(
        min_length=1,
        max_length=100,
        description="Standard deviations of validation and test images, in turn.",
    )

    @model_validator(mode="after")
    def _low_is_below_std(self) -> GaussianRange:
        if self.low >= self.std:
            raise ValueError(
                f"noise.low = {self.low:g} is not below noise.std = {self.std:g}: "
                "choose a smaller one"
            )
        return self

    def judged_stds(self, count: int) -> npt.NDArray[np.float64]:
        """The standard deviations of the first images of a validation or a test set."""
        return np.resize(np.array(self.judged), count)

    def draw_stds(self, stds: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw the standard deviations of a training batch; see `Noise`."""
        return stds.uniform_(self.low, self.std, generator=generator)

    def at(self, std: float) -> Noise:
        """Gaussian noise of one standard deviation."""
        return Gaussian(kind="gaussian", std=std, clamp=self.clamp)

    def describe(self) -> str:
        """One phrase for titles, with the sigmas in grey levels of 255."""
        judged = ", ".join(f"{std / LEVEL:.3g}" for std in self.judged)
        return (
            f"{self.label} noise of sigma {self.low / LEVEL:.3g} to "
            f"{self.std / LEVEL:.3g} of 255 (here {judged}), {self.clamping()}"
        )
