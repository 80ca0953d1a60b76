"""The models that denoise pictures, and the noise that each has learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from denoising_autoencoder.artifacts.files import sha256_of
from denoising_autoencoder.artifacts.models import LARGEST, Model, parse_model
from denoising_autoencoder.artifacts.reading import read_regular
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import LEVEL
from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.pictures.reading import shown
from denoising_autoencoder.weights.shipped import shipped_bytes

_NEAR = 0.2
"""By how much a noise level may differ from the one that a model has learned."""


@dataclass(frozen=True)
class NamedModel:
    """A model, and what the record says of it.

    Attributes:
        name: Name of a shipped model, of a lane with its version, or of a file.
        sha256: SHA-256 of its file.
        model: Weights and configuration.
    """

    name: str
    sha256: str
    model: Model

    @property
    def channels(self) -> int:
        """Channels of the pictures that it has learned: 1 or 3."""
        return int(self.model[1].get("options", {}).get("channels", 3))

    @property
    def image_size(self) -> tuple[int, int] | None:
        """Height and width of all images that it takes; None if it takes any size."""
        configuration = self.model[1]
        options = configuration.get("options", {})
        return check_options(configuration["network"], options).image_size

    @property
    def is_blind(self) -> bool:
        """Whether its network does not take the noise level as an input."""
        return not self.model[1].get("options", {}).get("sigma_map", False)

    def notice(self, channels: int) -> str | None:
        """What to say if pictures have other channels than it has learned."""
        if channels == self.channels:
            return None
        learned, given = ("colour", "grey") if channels == 1 else ("grey", "colour")
        return (
            f"{shown(self.name)} has learned {learned} pictures: {given} ones become "
            "less good than with a model of their own."
        )

    def warning(self, sigma: float) -> str | None:
        """What to say of noise that the model has not learned.

        Args:
            sigma: Noise level that it is given, in levels of 255.
        """
        noise = self.model[1].get("noise", {})
        low, high = _learned(noise)
        if low * (1 - _NEAR) <= sigma <= high * (1 + _NEAR):
            if high == 0 or noise.get("clamp", True):
                return None
            return (
                f"{shown(self.name)} has learned noise without clamping, but values in "
                "a file are clamped to its range: the result may be poor."
            )
        learned = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
        return (
            f"{shown(self.name)} has learned noise of sigma {learned}, but is given "
            f"{sigma:.3g}: the result may be poor."
        )


Models = Mapping[int, NamedModel]
"""The model for grey pictures (1) and the one for colour pictures (3)."""


def shipped_models() -> Models:
    """The models that the package ships.

    Raises:
        ProjectError: The installed package lacks it.
    """
    return {1: _shipped("photo_grey"), 3: _shipped("photo")}


def for_all_pictures(model: NamedModel) -> Models:
    """One model for grey and for colour pictures."""
    return {1: model, 3: model}


def read_model_file(path: Path) -> NamedModel:
    """Read a model from a file that is named by hand.

    Raises:
        ProjectError: It cannot be read, or is not a model of this project.
    """
    try:
        content = read_regular(path, LARGEST)
        return NamedModel(str(path), sha256_of([content]), parse_model(content))
    except OSError as error:
        raise ProjectError(
            f"The model {shown(path)} cannot be read ({error.strerror}): name another "
            "file."
        ) from error
    except ValueError as error:
        raise ProjectError(
            f"{shown(path)} is not a model of this project ({error}): name a "
            "model.safetensors that a run has saved."
        ) from error


def _shipped(name: str) -> NamedModel:
    content = shipped_bytes(name)
    return NamedModel(name, sha256_of([content]), parse_model(content))


def _learned(noise: Mapping[str, Any]) -> tuple[float, float]:
    """The least and the largest noise level that a model has learned, of 255."""
    if noise.get("kind", "none") == "none":
        return 0.0, 0.0
    high = noise.get("std", 0.0)
    low = noise.get("low", high)
    return low / LEVEL, high / LEVEL
