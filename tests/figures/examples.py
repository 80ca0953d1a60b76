"""Every kind of figure, small, with any names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from denoising_autoencoder import figures

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
CURVE = pd.DataFrame({"std": [0.1, 0.2, 0.3], "psnr": [30.0, 28.0, 26.0]})
HISTORY = pd.DataFrame(
    {
        "step": [0, 100, 0, 100],
        "split": ["training", "training", "validation", "validation"],
        "mse": [0.5, 0.02, 0.4, 0.03],
    }
)
TRIALS = pd.DataFrame(
    {
        "trial": [0, 1, 2],
        "state": ["complete", "complete", "pruned"],
        "score": [25.0, 25.4, 24.8],
        "rate": [0.02, 0.03, 0.01],
    }
)


def examples(images: str, lane: str) -> dict[str, Callable[[], Figure]]:
    """What draws each kind of figure, by its name in `figures`.

    Args:
        images: Name of the images, for titles.
        lane: Title of a model.
    """
    rows = [
        figures.ImageRow("original", IMAGES),
        figures.ImageRow(lane, IMAGES[::-1], [20.0, 21.0, np.inf]),
    ]
    panels = [figures.Panel(lane, image, 20.0) for image in IMAGES]
    measure = figures.Measure("mean PSNR, dB")
    points = {"filter": [figures.Point("median", 1, 20)]}
    points["network"] = [figures.Point(lane, 10, 25)]
    sizes = pd.DataFrame({"code_size": [8, 64], "psnr": [20.0, 23.0]})
    differences = sizes.assign(difference=[0.1, 0.2], low=[0, 0.1], high=[0.2, 0.3])
    near = figures.Neighbours(IMAGES[:, None], np.eye(3, 1, dtype=bool))
    return {
        "psnr_by_code_size": lambda: figures.psnr_by_code_size(
            {lane: sizes}, differences, f"{lane} minus PCA", images
        ),
        "nearest_images": lambda: figures.nearest_images(IMAGES, {lane: near}, images),
        "blends": lambda: figures.blends([{lane: IMAGES}], images),
        "image_maps": lambda: figures.image_maps(
            IMAGES, {lane: np.array([[0.0, 0], [1, 0], [0, 1]])}, images
        ),
        "image_rows": lambda: figures.image_rows(rows, images, ["1", "2", "3"]),
        "error_maps": lambda: figures.error_maps(IMAGES, rows, images),
        "image_panels": lambda: figures.image_panels(panels, images, columns=2),
        "first_filters": lambda: figures.first_filters(
            IMAGES.transpose(0, 3, 1, 2) - 128.0, f"{lane}, {images}"
        ),
        "feature_maps": lambda: figures.feature_maps(
            IMAGES[..., 0] * 1.0, f"{lane}, {images}"
        ),
        "loss_curves": lambda: figures.loss_curves([(lane, HISTORY)] * 2, images),
        "psnr_by_sigma": lambda: figures.psnr_by_sigma(
            {lane: CURVE}, CURVE - 5, 0.2, images
        ),
        "psnr_histogram": lambda: figures.psnr_histogram(
            {lane: np.array([20.0, 25, 25])}, images
        ),
        "speed": lambda: figures.speed(points, ("noisy input", 16.6), images),
        "trial_history": lambda: figures.trial_history(
            TRIALS, measure, f"{lane}, {images}"
        ),
        "parameter_importances": lambda: figures.parameter_importances(
            {lane: 0.7, "rate": 0.3}, images
        ),
        "trial_slices": lambda: figures.trial_slices(
            TRIALS.assign(**{lane: images}),
            [
                figures.TunedParameter("rate", 0.001, 0.1, log=True),
                figures.TunedParameter(lane, choices=(images, "another")),
            ],
            measure,
            images,
        ),
    }
