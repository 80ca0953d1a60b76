"""A trained autoencoder with a small code, as an encoder and a decoder of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.denoisers.batches import (
    as_network_input,
    consecutive_batches,
)
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import UInt8Images, unnormalize
from denoising_autoencoder.networks.build import rebuild_network
from denoising_autoencoder.networks.codec.network import Codec

_CODES_AT_ONCE = 256


class TrainedCodec:
    """Turns images into codes, and codes into images.

    Args:
        network: Network in evaluation mode.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".

    Example:
        ```python
        codec = trained_codec(catalog.load("code_128_model"))
        codes = codec.encode(catalog.load("test_images"))
        images = codec.decode(codes)
        ```
    """

    def __init__(
        self, network: Codec, device: str = "auto", precision: str = "float32"
    ) -> None:
        self._device = pick_device(device)
        self._precision = precision
        self._network = network.to(self._device)

    def encode(self, images: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float16]:
        """The codes of images.

        Args:
            images: (n, height, width, channels), any float dtype, in [-1, 1].

        Returns:
            (n, numbers).

        Raises:
            ProjectError: The images have another size than those of the training.
        """
        expected = tuple(np.roll(self._network.shape, -1))
        if images.shape[1:] != expected:
            size, found = (
                "x".join(map(str, one)) for one in (expected, images.shape[1:])
            )
            raise ProjectError(
                f"The model encodes images of {size}, but these have {found}: cut or "
                "resize them, or train a model on images of their size."
            )
        codes = [np.empty((0, len(self._network.basis)), np.float16)]
        with torch.no_grad(), autocast_for(self._precision, self._device):
            for batch in consecutive_batches(images):
                code = self._network.encode(as_network_input(batch).to(self._device))
                codes.append(code.cpu().numpy().astype(np.float16))
        return np.concatenate(codes)

    def decode(self, codes: npt.NDArray[np.floating[Any]]) -> UInt8Images:
        """The images of codes.

        Args:
            codes: (n, numbers).

        Returns:
            uint8, (n, height, width, channels), rounded and clamped.
        """
        channels, height, width = self._network.shape
        images = np.empty((len(codes), height, width, channels), np.uint8)
        with torch.no_grad(), autocast_for(self._precision, self._device):
            for start in range(0, len(codes), _CODES_AT_ONCE):
                part = slice(start, start + _CODES_AT_ONCE)
                code = torch.from_numpy(codes[part].astype(np.float32))
                decoded = self._network.decode(code.to(self._device))
                pixels = decoded.float().permute(0, 2, 3, 1).cpu().numpy()
                images[part] = unnormalize(pixels)
        return images


def trained_codec(
    model: Model, device: str = "auto", precision: str = "auto"
) -> TrainedCodec:
    """Rebuild the network of a saved model as an encoder and a decoder.

    Args:
        model: Weights and configuration.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".

    Raises:
        ProjectError: The network of the model has no small code.
    """
    network = rebuild_network(model)
    if not isinstance(network, Codec):
        raise ProjectError(
            f"The network {model[1]['network']!r} has no encoder and decoder of its "
            "own: choose a model of the pipeline codes."
        )
    return TrainedCodec(network, device, precision)
