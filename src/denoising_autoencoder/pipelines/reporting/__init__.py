"""Tables, figures and the page over all lanes."""

from denoising_autoencoder.pipelines.reporting import summary
from denoising_autoencoder.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline", "summary"]
