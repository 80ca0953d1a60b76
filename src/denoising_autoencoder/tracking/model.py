"""A trained model as MLflow loads and serves it: the same file, with a `predict`.

`mlflow.pyfunc` imports this module by name and calls `_load_pyfunc`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from denoising_autoencoder.artifacts.models import read_model
from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.codec import TrainedCodec, trained_codec
from denoising_autoencoder.denoisers.network import (
    NetworkDenoiser,
    trained_denoiser,
)
from denoising_autoencoder.images import LEVEL, UInt8Images, normalize
from denoising_autoencoder.noise.estimate import estimate_sigma


class ServedModel:
    """A denoiser of uint8 images.

    Args:
        denoiser: Trained network.
        codec: The same network as an encoder and a decoder, if it has a small code.
    """

    def __init__(
        self, denoiser: NetworkDenoiser, codec: TrainedCodec | None = None
    ) -> None:
        self._denoiser = denoiser
        self._codec = codec

    def get_raw_model(self) -> NetworkDenoiser | TrainedCodec:
        """What `PyFuncModel.get_raw_model` gives: with a small code, the codec."""
        return self._codec or self._denoiser

    def predict(
        self,
        model_input: UInt8Images,
        params: dict[str, Any] | None = None,  # noqa: ARG002, MLflow passes it
    ) -> UInt8Images:
        """Denoise images; a network that takes the noise level gets an estimate of it.

        Args:
            model_input: uint8, (n, height, width, 1 or 3).
            params: Parameters of MLflow; they are not used.

        Returns:
            uint8 of the same shape.
        """
        sigmas = None
        if not self._denoiser.blind:
            levels = [estimate_sigma(image, (0, 255)) for image in model_input]
            sigmas = np.array(levels) * LEVEL
        with on_threads("auto", self._denoiser.device) as in_order:
            return reconstruct(self._denoiser, normalize(model_input), sigmas, in_order)


def _load_pyfunc(path: str) -> ServedModel:
    """Load the file that the catalog saved."""
    model = read_model(Path(path))
    is_codec = model[1]["network"] == "codec"
    return ServedModel(
        trained_denoiser(model),
        # The precision of a run's own codes, unless its parameters say otherwise.
        trained_codec(model) if is_codec else None,
    )
