"""A lane for each model: train -> reconstruct -> score."""

from denoising_autoencoder.pipelines.lanes.pipeline import create_pipeline

__all__ = ["create_pipeline"]
