"""A checkpoint goes when all that its training gives is saved."""

from __future__ import annotations

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline.node import Node

from denoising_autoencoder.datasets.checkpoints import CheckpointsDataset


class CheckpointHooks:
    """Tidies up behind each training, and not before.

    While one of its outputs is not saved, a training is no more than its checkpoint.
    """

    def __init__(self) -> None:
        self._catalog = DataCatalog({})
        self._unsaved: dict[str, set[str]] = {}

    @hook_impl
    def before_node_run(self, node: Node, catalog: DataCatalog) -> None:
        """Take note of what the node is to save."""
        self._catalog = catalog
        self._unsaved[node.name] = set(node.outputs)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Delete the checkpoints that the node saved or went on from, at its last."""
        unsaved = self._unsaved[node.name]
        unsaved.discard(dataset_name)
        if unsaved:
            return
        for name in node.inputs:
            dataset = self._catalog.get(name)
            if isinstance(dataset, CheckpointsDataset):
                dataset.load().discard_used()
