"""Classical filters, tuned and judged beside the networks."""

from denoising_autoencoder.pipelines.baselines import summary
from denoising_autoencoder.pipelines.baselines.pipeline import create_pipeline

__all__ = ["create_pipeline", "summary"]
