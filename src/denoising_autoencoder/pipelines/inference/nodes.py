"""What is done to pictures of the user's own, and what is recorded of it."""

from __future__ import annotations

from typing import Any

from denoising_autoencoder.datasets.pictures import DenoisedPictures, NoisyPictures
from denoising_autoencoder.inference.denoise import Recipe
from denoising_autoencoder.inference.models import Models
from denoising_autoencoder.parameters.inference import InferenceParameters


def denoise_pictures(
    pictures: NoisyPictures, models: Models, parameters: InferenceParameters
) -> DenoisedPictures:
    """Say how pictures are denoised; they are when they are saved.

    Args:
        pictures: The pictures, not opened.
        models: The model for grey (1) and for colour pictures (3).
        parameters: Noise level, strength, device, threads.
    """
    recipe = Recipe(
        models=models,
        sigma=None if parameters.sigma == "auto" else parameters.sigma,
        strength=parameters.strength,
        compare=parameters.compare,
        device=parameters.device,
        threads=parameters.threads,
    )
    return DenoisedPictures(pictures, recipe)


def record_pictures(written: dict[str, Any]) -> dict[str, Any]:
    """Keep what was recorded of the pictures among the artifacts.

    Args:
        written: What is recorded of each picture, by its name.
    """
    return {"pictures": written}
