"""The models that the package ships: safetensors of half precision, compressed."""

from __future__ import annotations

import lzma
from importlib.resources import files

from denoising_autoencoder.artifacts.models import Model, parse_model
from denoising_autoencoder.errors import ProjectError


def shipped_model(name: str) -> Model:
    """Weights, as float32, and configuration of a shipped model.

    Args:
        name: "photo" for colour, "photo_grey" for grey pictures.

    Raises:
        ProjectError: The installed package lacks it.
    """
    return parse_model(shipped_bytes(name))


def shipped_bytes(name: str) -> bytes:
    """The file of a shipped model, uncompressed.

    Raises:
        ProjectError: The installed package lacks it.
    """
    file = files(__package__) / f"{name}.safetensors.xz"
    try:
        return lzma.decompress(file.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise ProjectError(
            f"This installation has no model {name}: install the package again, or "
            "name a model of your own by --model."
        ) from error
