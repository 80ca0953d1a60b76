"""The filters of the first layer of each network."""

from __future__ import annotations

from denoising_autoencoder.images import CHANNELS
from denoising_autoencoder.page import Picture, Section
from denoising_autoencoder.pipelines.reporting.results import Results


def section(results: Results) -> Section:
    """The filters as images, for every network whose first layer sees the pixels."""
    from torch import nn

    from denoising_autoencoder import figures
    from denoising_autoencoder.networks.build import rebuild_network

    pictures = []
    for lane in results.lanes.values():
        # From the network: a file gives the weights in any order.
        modules = rebuild_network(lane["model"]).modules()
        first = next(layer for layer in modules if isinstance(layer, nn.Conv2d))
        filters = first.weight.detach().numpy()
        # Others rearrange pixels into channels.
        if filters.shape[1] not in CHANNELS:
            continue
        title = lane["title"]
        figure = figures.first_filters(filters, f"{title}, filters of the first layer")
        pictures.append(
            Picture(
                figures.as_png(figure),
                f"The filters of the first layer of {title} as small images.",
                f"{title}: grey is zero; all on one scale.",
            )
        )
    return Section("first-layers", "First layers", pictures=pictures)
