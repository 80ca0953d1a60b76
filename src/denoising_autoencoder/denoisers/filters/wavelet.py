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

    rule: list[Literal["BayesShrink", "VisuShrink"]] = values("Rule of the thresholds.")
    sigma_factor: list[Factor] = values(
        "Noise level given to the rule, in units of the std."
    )
    wavelet: list[Literal["db1", "db2", "db3", "db4", "sym4", "bior2.2"]] = values(
        "Name of the wavelet in PyWavelets."
    )
    levels: list[Annotated[int, Field(ge=1, le=8)]] = values("Levels of the transform.")
    shifts: list[Annotated[int, Field(ge=0, le=15)]] = values(
        "Largest shift of the image along both axes, in pixels."
    )
    ycbcr: list[bool] = values("Whether luminance and chrominance are shrunk, not RGB.")


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

    A single transform leaves artifacts at edges that depend on where its blocks lie.
    The average over shifts (cycle spinning: Coifman and Donoho, 1995) removes them.

    Args:
        image: float32, (height, width, 1 or 3), in [0, 1].
        noise_std: Standard deviation of the noise, on the scale of the image.
        rule: How thresholds are chosen: "BayesShrink" or "VisuShrink".
        sigma_factor: Noise level given to the rule, in units of `noise_std`.
        wavelet: Name of the wavelet in PyWavelets.
        levels: Levels of the transform.
        shifts: Largest shift along both axes, in pixels; all from 0 are taken.
        ycbcr: Whether to transform luminance and chrominance, not red, green and blue;
            without effect on a grey image.
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
            convert2ycbcr=ycbcr and image.shape[-1] == 3,
            channel_axis=-1,
        )
        total += np.roll(denoised, (-row, -column), axis=(0, 1))
    return total / np.float32(len(places))


FILTER = FilterKind("wavelet", Grid, denoise)
