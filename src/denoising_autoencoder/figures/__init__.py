"""Figures, one module per kind, all in one style.

The functions take arrays and tables and return a `matplotlib.figure.Figure`. They
neither use Kedro nor read or write files.
"""

from denoising_autoencoder.figures.curves import (
    loss_curves,
    psnr_by_sigma,
    psnr_histogram,
)
from denoising_autoencoder.figures.error_maps import error_maps
from denoising_autoencoder.figures.features import feature_maps, first_filters
from denoising_autoencoder.figures.panels import (
    ImageRow,
    Panel,
    decibels,
    image_panels,
    image_rows,
)
from denoising_autoencoder.figures.rendering import (
    as_pdf,
    as_png,
    house_style,
    image_as_png,
)
from denoising_autoencoder.figures.speed import Point, speed
from denoising_autoencoder.figures.tuning import (
    Measure,
    TunedParameter,
    parameter_importances,
    trial_history,
    trial_slices,
)

__all__ = [
    "ImageRow",
    "Measure",
    "Panel",
    "Point",
    "TunedParameter",
    "as_pdf",
    "as_png",
    "decibels",
    "error_maps",
    "feature_maps",
    "first_filters",
    "house_style",
    "image_as_png",
    "image_panels",
    "image_rows",
    "loss_curves",
    "parameter_importances",
    "psnr_by_sigma",
    "psnr_histogram",
    "speed",
    "trial_history",
    "trial_slices",
]
