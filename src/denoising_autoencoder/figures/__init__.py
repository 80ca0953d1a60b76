"""Every figure of a run, one module for each kind, in one style.

Nothing here knows Kedro or a file: functions take arrays and tables and give a
`matplotlib.figure.Figure`.
"""

from denoising_autoencoder.figures.curves import (
    loss_curves,
    overlaid_curves,
    psnr_by_sigma,
    psnr_histogram,
)
from denoising_autoencoder.figures.error_maps import error_maps
from denoising_autoencoder.figures.features import feature_maps, first_filters
from denoising_autoencoder.figures.panels import (
    ImageRow,
    Panel,
    image_panels,
    image_rows,
)
from denoising_autoencoder.figures.speed import Point, speed
from denoising_autoencoder.figures.style import as_png

__all__ = [
    "ImageRow",
    "Panel",
    "Point",
    "as_png",
    "error_maps",
    "feature_maps",
    "first_filters",
    "image_panels",
    "image_rows",
    "loss_curves",
    "overlaid_curves",
    "psnr_by_sigma",
    "psnr_histogram",
    "speed",
]
