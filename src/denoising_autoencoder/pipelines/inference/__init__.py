"""Denoises pictures of the user's own."""

from denoising_autoencoder.pipelines.inference import summary
from denoising_autoencoder.pipelines.inference.pipeline import create_pipeline

__all__ = ["create_pipeline", "summary"]
