"""A trained model as MLflow loads and serves it: the same file, with a `predict`.

`mlflow.pyfunc` imports this module by its name and calls `_load_pyfunc`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from denoising_autoencoder.artifacts.packing import unpack
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.images import UInt8Images, normalize
from denoising_autoencoder.networks.build import rebuild_network


class ServedModel:
    """A denoiser of uint8 images, as any library reads them.

    Args:
        network: In evaluation mode.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        self._network = network

    def predict(
        self,
        model_input: UInt8Images,
        params: dict[str, Any] | None = None,  # noqa: ARG002, MLflow passes it
    ) -> UInt8Images:
        """Denoise images.

        Args:
            model_input: uint8, (n, height, width, 3).
            params: Of MLflow; there are none.

        Returns:
            uint8 of the same shape.
        """
        return reconstruct(self._network, normalize(model_input))


def _load_pyfunc(path: str) -> ServedModel:
    """Load the file that the catalog saved."""
    return ServedModel(rebuild_network(unpack(Path(path).read_bytes())))
