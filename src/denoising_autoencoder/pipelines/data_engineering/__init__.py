"""From a source of images to noisy arrays that every lane shares."""

from denoising_autoencoder.pipelines.data_engineering.pipeline import create_pipeline

__all__ = ["create_pipeline"]
