"""Removes a checkpoint when all outputs of its training are saved."""

from __future__ import annotations

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline.node import Node

from denoising_autoencoder.datasets.checkpoints import CheckpointsDataset


class CheckpointHooks:
    """Removes checkpoints that are not needed any more.

    As long as an output is not saved, only the checkpoint holds the training.
    """

    def __init__(self) -> None:
        self._catalog = DataCatalog({})
        self._unsaved: dict[str, set[str]] = {}

    @hook_impl
    def before_node_run(self, node: Node, catalog: DataCatalog) -> None:
        """Note the outputs of the node."""
        self._catalog = catalog
        self._unsaved[node.name] = set(node.outputs)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Delete the checkpoints of the node after its last output."""
        unsaved = self._unsaved[node.name]
        unsaved.discard(dataset_name)
        if unsaved:
            return
        for name in node.inputs:
            dataset = self._catalog.get(name)
            if isinstance(dataset, CheckpointsDataset):
                dataset.load().discard_used()
