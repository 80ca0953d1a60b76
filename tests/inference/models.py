"""A tiny model with an effect that a test can work out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.artifacts.packing import pack
from denoising_autoencoder.networks.build import build_network

OPTIONS = {"widths": [2, 2], "blocks": [0, 0]}
BRIGHTER = 12
"""Levels of 255 that the model adds to every pixel."""


def brightening_model(**noise: Any) -> Model:
    """A ResUNet whose output is its input, 12 levels of 255 brighter.

    Args:
        noise: The noise that it claims to have learned.
    """
    network = build_network("resunet", 0, OPTIONS)
    with torch.no_grad():
        last = [module for module in network.modules() if hasattr(module, "bias")][-1]
        last.weight.zero_()
        last.bias.fill_(BRIGHTER / 127.5)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    return weights, {"network": "resunet", "options": OPTIONS, "noise": noise}


def save_model(path: Path, **noise: Any) -> Path:
    """Write the model as a file."""
    path.write_bytes(pack(*brightening_model(**(noise or RANGE))))
    return path


RANGE = {"kind": "gaussian_range", "low": 0.0, "std": 75 / 127.5}
"""Noise of sigma 0 to 75."""
