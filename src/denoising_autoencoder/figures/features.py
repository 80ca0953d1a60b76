"""What the first layers of a network look for, and what they give for an image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from denoising_autoencoder.figures.panels import Panel, image_panels


def first_filters(weights: npt.NDArray[np.floating], title: str) -> Figure:
    """The filters of a first convolution as small colour images.

    Grey is zero; all are on one scale, so that a weak filter looks weak.

    Args:
        weights: (filters, 3, height, width).
        title: It names the network.
    """
    largest = float(np.abs(weights).max()) or 1.0
    levels = np.rint(127.5 + 127.5 * weights / largest).astype(np.uint8)
    panels = [
        Panel(f"filter {index}", np.ascontiguousarray(levels[index].transpose(1, 2, 0)))
        for index in range(len(levels))
    ]
    return image_panels(panels, title, columns=min(8, len(panels)))


def feature_maps(maps: npt.NDArray[np.floating], title: str) -> Figure:
    """What each channel of a layer gives for one image, in grey.

    Each channel has a scale of its own, from its least to its largest value, which
    stand above it.

    Args:
        maps: (channels, height, width).
        title: It names layer and image.
    """
    panels = []
    for one in maps:
        low, high = float(one.min()), float(one.max())
        spread = high - low if high > low else 1.0
        grey = np.rint(255 * (one - low) / spread).astype(np.uint8)
        label = f"{low:.2g} to {high:.2g}"
        panels.append(Panel(label, np.repeat(grey[..., None], 3, axis=2)))
    return image_panels(panels, title, columns=min(8, len(panels)))
