"""Two runs of one lane, side by side."""

from denoising_autoencoder.pipelines.compare import summary
from denoising_autoencoder.pipelines.compare.pipeline import create_pipeline

__all__ = ["create_pipeline", "summary"]
