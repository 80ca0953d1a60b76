"""Networks: forward passes alone, built by name."""

from denoising_autoencoder.networks.build import (
    build_network,
    load_network,
    rebuild_network,
)
from denoising_autoencoder.networks.summary import summarize_network

__all__ = ["build_network", "load_network", "rebuild_network", "summarize_network"]
