"""What can be tried of each classical filter: its options and their bounds.

Apart from the filters themselves, so that a configuration is checked without them.
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
    """What is tried of Gaussian smoothing."""

    sigma: list[_Pixels] = _values("Of the kernel, in pixels.")


class MedianGrid(_Grid):
    """What is tried of the median filter."""

    size: list[Literal[3, 5, 7, 9]] = _values("Side of the square, in pixels.")


class BilateralGrid(_Grid):
    """What is tried of the bilateral filter."""

    color_factor: list[_Factor] = _values("Width in colour, in std of the noise.")
    sigma_spatial: list[_Pixels] = _values("Width in space, in pixels.")


class NonLocalMeansGrid(_Grid):
    """What is tried of non-local means."""

    h_factor: list[_Factor] = _values("Decay of the weights, in std of the noise.")
    patch_size: list[Literal[3, 5, 7, 9, 11]] = _values("Side of a patch, in pixels.")
    patch_distance: list[Annotated[int, Field(ge=1, le=30)]] = _values(
        "How far patches are looked for, in pixels."
    )
    fast_mode: list[bool] = _values("Whether all pixels of a patch weigh alike.")


class TotalVariationGrid(_Grid):
    """What is tried of total variation."""

    weight_factor: list[_Factor] = _values("Of the variation, in std of the noise.")


class WaveletGrid(_Grid):
    """What is tried of wavelet shrinkage."""

    rule: list[Literal["BayesShrink", "VisuShrink"]] = _values("Of the thresholds.")
    sigma_factor: list[_Factor] = _values("What the rule is told, in std of the noise.")
    wavelet: list[Literal["db1", "db2", "db3", "db4", "sym4", "bior2.2"]] = _values(
        "PyWavelets' name."
    )
    levels: list[Annotated[int, Field(ge=1, le=8)]] = _values("Of the transform.")
    shifts: list[Annotated[int, Field(ge=0, le=15)]] = _values(
        "Pixels up to which the image is shifted, along both axes."
    )
    ycbcr: list[bool] = _values("Whether luminance and chrominance are shrunk.")


class BM3DGrid(_Grid):
    """What is tried of BM3D."""

    sigma_factor: list[_Factor] = _values("What it is told, in std of the noise.")
    nf: list[Literal[8, 16, 32]] = _values(
        "Side of the domain on which it computes the noise's variances."
    )


class FilterGrids(_Grid):
    """Which filters are judged, and which values of their options are tried."""

    gaussian: GaussianGrid | None = None
    median: MedianGrid | None = None
    bilateral: BilateralGrid | None = None
    nlm: NonLocalMeansGrid | None = None
    tv: TotalVariationGrid | None = None
    wavelet: WaveletGrid | None = None
    bm3d: BM3DGrid | None = None
