"""Autoencoders with small codes, beside PCA with codes of the same size."""

from denoising_autoencoder.pipelines.codes import summary
from denoising_autoencoder.pipelines.codes.pipeline import create_pipeline

__all__ = ["create_pipeline", "summary"]
