"""Checkpoints go when the run that used them has saved everything."""

from __future__ import annotations

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from denoising_autoencoder.datasets.checkpoints import CheckpointsDataset


class CheckpointHooks:
    """Tidies up at the end of a run, and not before.

    While its model is not saved, a training is no more than its checkpoint.
    """

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Delete the checkpoints that this run saved or went on from."""
        for name in pipeline.inputs():
            dataset = catalog.get(name)
            if isinstance(dataset, CheckpointsDataset):
                dataset.load().discard_used()
