"""A lane for each model: train -> reconstruct -> score."""

from denoising_autoencoder.pipelines.lanes.pipeline import LANES, Lane, create_pipeline

__all__ = ["LANES", "Lane", "create_pipeline"]
