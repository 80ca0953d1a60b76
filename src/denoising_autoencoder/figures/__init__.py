"""Figures, one module per kind, all in one style.

The functions take arrays and tables and return a `matplotlib.figure.Figure`. They
neither use Kedro nor read or write files.
"""

from denoising_autoencoder.figures.blends import blends
from denoising_autoencoder.figures.code_sizes import psnr_by_code_size
from denoising_autoencoder.figures.curves import (
    loss_curves,
    psnr_by_sigma,
    psnr_histogram,
)
from denoising_autoencoder.figures.error_maps import error_maps
from denoising_autoencoder.figures.features import feature_maps, first_filters
from denoising_autoencoder.figures.image_map import image_maps
from denoising_autoencoder.figures.neighbours import Neighbours, nearest_images
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
    "Neighbours",
    "Panel",
    "Point",
    "TunedParameter",
    "as_pdf",
    "as_png",
    "blends",
    "decibels",
    "error_maps",
    "feature_maps",
    "first_filters",
    "house_style",
    "image_as_png",
    "image_maps",
    "image_panels",
    "image_rows",
    "loss_curves",
    "nearest_images",
    "parameter_importances",
    "psnr_by_code_size",
    "psnr_by_sigma",
    "psnr_histogram",
    "speed",
    "trial_history",
    "trial_slices",
]
