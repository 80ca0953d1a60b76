"""Where images differ from their originals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from denoising_autoencoder.figures.panels import ImageRow, rows_of_images
from denoising_autoencoder.figures.rendering import house_style
from denoising_autoencoder.figures.sheet import CAPTION, GAP, LABEL
from denoising_autoencoder.figures.style import SMALL, TEXT
from denoising_autoencoder.images import UInt8Images

_MAP = "magma"
"""Perceptually uniform, also with colour-blindness and in grey."""

_SHARE = 0.995
"""Share of the errors that the colours tell apart; the few above all look alike."""

_STRIP, _BAR, _BAR_WIDTH = 92, 16, 620
"""Pixels: height of the strip below the images; height and width of its colour bar."""

_BELOW_BAR = 36
"""Pixels below the colour bar, for its numbers."""


@house_style()
def error_maps(originals: UInt8Images, rows: Sequence[ImageRow], title: str) -> Figure:
    """The absolute error of each pixel, all images on the same colour scale.

    Args:
        originals: uint8, (n, height, width, 1 or 3).
        rows: Images to compare with the originals; the PSNR is printed under each.
        title: Title that names the images and the noise.
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
    unit = "in levels of 255"
    if originals.shape[-1] == 3:
        unit = f"mean of the three channels, {unit}"
    sheet.write(LABEL, _BELOW_BAR + _BAR + CAPTION / 2, unit, size=SMALL)
    return sheet.figure


def _absolute(images: UInt8Images, originals: UInt8Images) -> np.ndarray:
    """float64, (n, height, width)."""
    error: np.ndarray = np.abs(images.astype(np.int16) - originals).mean(axis=-1)
    return error


def _colored(error: np.ndarray, scale: Normalize) -> UInt8Images:
    rgba = colormaps[_MAP](scale(error), bytes=True)
    return np.ascontiguousarray(rgba[..., :3])
