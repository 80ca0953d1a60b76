"""The options of each classical filter that can be tried, and their bounds.

They are separate from the filters, so that a configuration is checked without them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_Factor = Annotated[float, Field(gt=0, le=20)]
_Pixels = Annotated[float, Field(gt=0, le=20)]


def _values(description: str) -> Any:
    return Field(min_length=1, description=description)


class _Grid(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, strict=True
    )


class GaussianGrid(_Grid):
    """Values to try for Gaussian smoothing."""

    sigma: list[_Pixels] = _values("Width of the kernel, in pixels.")


class MedianGrid(_Grid):
    """Values to try for the median filter."""

    size: list[Literal[3, 5, 7, 9]] = _values("Side of the square, in pixels.")


class BilateralGrid(_Grid):
    """Values to try for the bilateral filter."""

    color_factor: list[_Factor] = _values(
        "Width in colour, divided by the noise's std."
    )
    sigma_spatial: list[_Pixels] = _values("Width in space, in pixels.")


class NonLocalMeansGrid(_Grid):
    """Values to try for non-local means."""

    h_factor: list[_Factor] = _values(
        "Decay of the weights, divided by the noise's std."
    )
    patch_size: list[Literal[3, 5, 7, 9, 11]] = _values("Side of a patch, in pixels.")
    patch_distance: list[Annotated[int, Field(ge=1, le=30)]] = _values(
        "Distance within which patches are searched, in pixels."
    )
    fast_mode: list[bool] = _values("Whether all pixels of a patch weigh the same.")


class TotalVariationGrid(_Grid):
    """Values to try for total variation."""

    weight_factor: list[_Factor] = _values(
        "Weight of variation, divided by the noise's std."
    )


class WaveletGrid(_Grid):
    """Values to try for wavelet shrinkage."""

    rule: list[Literal["BayesShrink", "VisuShrink"]] = _values(
        "Rule that sets the thresholds."
    )
    sigma_factor: list[_Factor] = _values(
        "Assumed noise level, divided by the true one."
    )
    wavelet: list[Literal["db1", "db2", "db3", "db4", "sym4", "bior2.2"]] = _values(
        "Name of the wavelet in PyWavelets."
    )
    levels: list[Annotated[int, Field(ge=1, le=8)]] = _values(
        "Levels of the transform."
    )
    shifts: list[Annotated[int, Field(ge=0, le=15)]] = _values(
        "Largest shift of the image along each axis, in pixels."
    )
    ycbcr: list[bool] = _values(
        "Whether luminance and chrominance are shrunk instead of RGB."
    )


class BM3DGrid(_Grid):
    """Values to try for BM3D."""

    sigma_factor: list[_Factor] = _values(
        "Assumed noise level, divided by the true one."
    )
    nf: list[Literal[8, 16, 32]] = _values(
        "Side of the domain on which it computes the noise's variances."
    )


class FilterGrids(_Grid):
    """The filters that are judged, and the values of their options to try."""

    gaussian: GaussianGrid | None = None
    median: MedianGrid | None = None
    bilateral: BilateralGrid | None = None
    nlm: NonLocalMeansGrid | None = None
    tv: TotalVariationGrid | None = None
    wavelet: WaveletGrid | None = None
    bm3d: BM3DGrid | None = None
