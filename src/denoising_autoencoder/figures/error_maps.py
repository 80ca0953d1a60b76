"""Where images differ from what they should be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from denoising_autoencoder.figures.panels import ImageRow, rows_of_images
from denoising_autoencoder.figures.sheet import CAPTION, GAP, LABEL
from denoising_autoencoder.figures.style import SMALL, TEXT
from denoising_autoencoder.images import UInt8Images

_MAP = "magma"
"""Of equal steps for the eye, and told apart with colour-blindness and in grey."""

_SHARE = 0.995
"""Of the errors that the colours tell apart; the few above them look alike."""

_STRIP, _BAR, _BAR_WIDTH = 92, 16, 620
"""Pixels: the height of the strip below, of the colour bar in it, and its width."""

_BELOW_BAR = 36
"""Pixels, for its numbers."""


def error_maps(originals: UInt8Images, rows: Sequence[ImageRow], title: str) -> Figure:
    """The absolute error of each pixel, all images on the same scale of colours.

    Args:
        originals: uint8, (n, height, width, 3).
        rows: What is held against them; the PSNR stands under each.
        title: It states images and noise.
    """
    errors = [_absolute(row.images, originals) for row in rows]
    highest = max(1.0, float(np.quantile(np.stack(errors), _SHARE)))
    scale = Normalize(0, highest, clip=True)
    colored = [
        ImageRow(row.label, _colored(error, scale), row.psnr)
        for row, error in zip(rows, errors, strict=True)
    ]
    shown = [ImageRow("original", originals), *colored]
    sheet = rows_of_images(shown, title, below=_STRIP)
    area = sheet.area(LABEL, _BELOW_BAR, _BAR_WIDTH, _BAR)
    bar = sheet.figure.colorbar(
        ScalarMappable(scale, _MAP), area, orientation="horizontal", extend="max"
    )
    bar.ax.tick_params(labelsize=SMALL, length=3, pad=2)
    sheet.write(GAP, _BELOW_BAR + _BAR / 2, "error", size=TEXT)
    unit = "mean of the three channels, in levels of 255"
    sheet.write(LABEL, _BELOW_BAR + _BAR + CAPTION / 2, unit, size=SMALL)
    return sheet.figure


def _absolute(images: UInt8Images, originals: UInt8Images) -> np.ndarray:
    """float64, (n, height, width)."""
    error: np.ndarray = np.abs(images.astype(np.int16) - originals).mean(axis=-1)
    return error


def _colored(error: np.ndarray, scale: Normalize) -> UInt8Images:
    rgba = colormaps[_MAP](scale(error), bytes=True)
    return np.ascontiguousarray(rgba[..., :3])
