"""Search for a better recipe of a lane by cross-validation."""

from denoising_autoencoder.pipelines.tuning.pipeline import create_pipeline

__all__ = ["create_pipeline"]
