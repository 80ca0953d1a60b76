"""The filters of a first layer, and what the channels of a layer show for an image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from denoising_autoencoder.figures.panels import Panel, image_panels
from denoising_autoencoder.figures.rendering import house_style

_MOST_COLUMNS = 8


@house_style()
def first_filters(weights: npt.NDArray[np.floating], title: str) -> Figure:
    """The filters of a first convolution as small images.

    Grey is zero. All filters share one scale, so that a weak filter looks weak.

    Args:
        weights: (filters, 1 or 3, height, width).
        title: Title that names the network.
    """
    largest = float(np.abs(weights).max()) or 1.0
    levels = np.rint(127.5 + 127.5 * weights / largest).astype(np.uint8)
    panels = [
        Panel(f"filter {index}", np.ascontiguousarray(image.transpose(1, 2, 0)))
        for index, image in enumerate(levels)
    ]
    return image_panels(panels, title, columns=min(_MOST_COLUMNS, len(panels)))


@house_style()
def feature_maps(maps: npt.NDArray[np.floating], title: str) -> Figure:
    """The channels of a layer's output for one image, in grey.

    Each channel has its own scale, from its smallest to its largest value; both are
    printed above it.

    Args:
        maps: (channels, height, width).
        title: Title that names the layer and the image.
    """
    panels = []
    for channel in maps:
        low, high = float(channel.min()), float(channel.max())
        spread = high - low if high > low else 1.0
        grey = np.rint(255 * (channel - low) / spread).astype(np.uint8)
        label = f"{low:.2g} to {high:.2g}"
        panels.append(Panel(label, grey[..., None]))
    return image_panels(panels, title, columns=min(_MOST_COLUMNS, len(panels)))
