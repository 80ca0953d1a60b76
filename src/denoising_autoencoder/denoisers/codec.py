"""A trained autoencoder with a small code, as an encoder and a decoder of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.denoisers.batches import (
    as_network_input,
    consecutive_batches,
    images_in_a_pass,
)
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import UInt8Images, unnormalize
from denoising_autoencoder.networks.build import rebuild_network
from denoising_autoencoder.networks.codec.network import Codec


class TrainedCodec:
    """Turns images into codes, and codes into images.

    Each pass is computed on one core, and as many at once as there are cores, so that
    the bits do not depend on their number.

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

        def encode(batch: torch.Tensor) -> npt.NDArray[np.float16]:
            inputs = as_network_input(batch).to(self._device)
            # Here, because both are states of the thread.
            with torch.no_grad(), autocast_for(self._precision, self._device):
                codes = self._network.encode(inputs)
            return codes.cpu().numpy().astype(np.float16)

        none = np.empty((0, len(self._network.basis)), np.float16)
        with on_threads("auto", self._device) as in_order:
            return np.concatenate(
                [none, *in_order(encode, consecutive_batches(images))]
            )

    def decode(self, codes: npt.NDArray[np.floating[Any]]) -> UInt8Images:
        """The images of codes.

        Args:
            codes: (n, numbers).

        Returns:
            uint8, (n, height, width, channels), rounded and clamped.

        Raises:
            ProjectError: The codes have another size than the model's.
        """
        channels, height, width = self._network.shape
        size = images_in_a_pass(height, width)

        def decode(start: int) -> UInt8Images:
            part = torch.from_numpy(codes[start : start + size].astype(np.float32))
            with torch.no_grad(), autocast_for(self._precision, self._device):
                images = self._network.decode(part.to(self._device))
            return unnormalize(images.float().permute(0, 2, 3, 1).cpu().numpy())

        none = np.empty((0, height, width, channels), np.uint8)
        with on_threads("auto", self._device) as in_order:
            starts = range(0, len(codes), size)
            return np.concatenate([none, *in_order(decode, starts)])


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
