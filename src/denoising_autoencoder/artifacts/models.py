"""A trained model as it is kept: weights by name, and what rebuilds the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.artifacts.packing import unpack
from denoising_autoencoder.artifacts.reading import read_regular

Weights = dict[str, npt.NDArray[np.float32]]
"""The module's state dict as arrays."""

Model = tuple[Weights, dict[str, Any]]
"""Weights, and the configuration: `network`, its `options`, and the `noise` that the
network learned to remove."""

LARGEST = 2**32
"""Bytes of a file: a thousand times those of the largest model that is trained here."""


def read_model(path: Path) -> Model:
    """Read a model from its file.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is damaged, or holds something else.
    """
    return parse_model(read_regular(path, LARGEST))


def parse_model(content: bytes) -> Model:
    """Read a model from the bytes of its file.

    Args:
        content: A safetensors file; weights of half precision become float32.

    Raises:
        ValueError: The file is damaged, or holds something else.
    """
    weights, configuration = unpack(content)
    if not isinstance(configuration.get("network"), str):
        raise ValueError("The configuration does not name a network.")
    for name in ("options", "noise"):
        if not isinstance(configuration.get(name, {}), dict):
            raise ValueError(f"{name} are not names and values.")
    return {name: _single(value) for name, value in weights.items()}, configuration


def _single(value: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return value.astype(np.float32) if value.dtype == np.float16 else value
