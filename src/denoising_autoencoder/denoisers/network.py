"""A trained network as a denoiser."""

from __future__ import annotations

import torch
from torch import nn

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.networks.build import rebuild_network


class NetworkDenoiser:
    """A network that learned one noise level, so that it is not told any: it is blind.

    Args:
        network: Module in evaluation mode, from (n, channels, height, width) to the
            same shape and the range [-1, 1]. It is moved to the device.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".

    Attributes:
        device: Device on which the network computes.
    """

    def __init__(
        self, network: nn.Module, device: str = "auto", precision: str = "float32"
    ) -> None:
        self.device = pick_device(device)
        self._precision = precision
        self._network = network.to(self.device)

    def __call__(
        self,
        images: torch.Tensor,
        sigma: float | None = None,  # noqa: ARG002, the network is blind
    ) -> torch.Tensor:
        """Denoise images; see `Denoiser`."""
        with torch.no_grad(), autocast_for(self._precision, self.device):
            outputs: torch.Tensor = self._network(images.to(self.device))
        return outputs.float().to(images.device)


def trained_denoiser(
    model: Model, device: str = "auto", precision: str = "float32"
) -> NetworkDenoiser:
    """Rebuild the network of a saved model as a denoiser.

    Args:
        model: Weights and configuration.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".

    Raises:
        ProjectError: The weights do not fit the network that the model names.
    """
    return NetworkDenoiser(rebuild_network(model), device, precision)
