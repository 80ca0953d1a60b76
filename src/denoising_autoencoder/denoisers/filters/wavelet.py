"""Wavelet shrinkage."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from denoising_autoencoder.denoisers.filters.kind import (
    Factor,
    FilterKind,
    Image,
    values,
)
from denoising_autoencoder.validation import Block


class Grid(Block):
    """The values that are tried."""

    rule: list[Literal["BayesShrink", "VisuShrink"]] = values("Of the thresholds.")
    sigma_factor: list[Factor] = values("What the rule is told, in std of the noise.")
    wavelet: list[Literal["db1", "db2", "db3", "db4", "sym4", "bior2.2"]] = values(
        "PyWavelets' name."
    )
    levels: list[Annotated[int, Field(ge=1, le=8)]] = values("Of the transform.")
    shifts: list[Annotated[int, Field(ge=0, le=15)]] = values(
        "Pixels up to which the image is shifted, along both axes."
    )
    ycbcr: list[bool] = values("Whether luminance and chrominance are shrunk.")


def denoise(
    image: Image,
    noise_std: float,
    *,
    rule: str,
    sigma_factor: float,
    wavelet: str,
    levels: int,
    shifts: int,
    ycbcr: bool,
) -> Image:
    """Shrink wavelet coefficients softly, averaged over shifts of the image.

    The average (cycle spinning: Coifman and Donoho, 1995) takes away what a single
    transform adds where edges fall badly: it is not that of the shifted image, shifted.

    Args:
        image: In [0, 1].
        noise_std: Of the noise, on the scale of the image.
        rule: How thresholds are chosen: "BayesShrink" or "VisuShrink".
        sigma_factor: What the rule is told of the noise, in units of `noise_std`.
        wavelet: PyWavelets' name.
        levels: Of the transform.
        shifts: From 0 to so many pixels, along both axes.
        ycbcr: Transform luminance and chrominance, not red, green and blue.
    """
    from skimage.restoration import denoise_wavelet

    places = [
        (row, column) for row in range(shifts + 1) for column in range(shifts + 1)
    ]
    total = np.zeros_like(image)
    for row, column in places:
        denoised = denoise_wavelet(
            np.roll(image, (row, column), axis=(0, 1)),
            sigma=sigma_factor * noise_std,
            wavelet=wavelet,
            wavelet_levels=levels,
            method=rule,
            convert2ycbcr=ycbcr,
            channel_axis=-1,
        )
        total += np.roll(denoised, (-row, -column), axis=(0, 1))
    return total / np.float32(len(places))


FILTER = FilterKind("wavelet", Grid, denoise)
