"""Search for a better recipe of a lane by cross-validation, and judge it."""

from denoising_autoencoder.pipelines.tuning import summary
from denoising_autoencoder.pipelines.tuning.pipeline import create_pipeline

__all__ = ["create_pipeline", "summary"]
