"""How long the nodes took, and what the run found."""

from __future__ import annotations

import logging
import time

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.summary import print_summary

logger = logging.getLogger(__name__)


class SummaryHooks:
    """Times the nodes and prints what the run found."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._nodes = 0

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Forget the run before: a notebook may run several."""
        self._started.clear()
        self._seconds.clear()
        self._nodes = len(pipeline.nodes)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Note when a node starts."""
        self._started[node.name] = time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Say which node is done and how long it took."""
        seconds = time.perf_counter() - self._started[node.name]
        self._seconds[node.name] = seconds
        logger.info(
            "%2d/%d  %s  %.1f s", len(self._seconds), self._nodes, node.name, seconds
        )

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Print tables, pictures and times of the nodes that ran."""
        outputs = {
            output
            for node in pipeline.nodes
            if node.name in self._seconds  # not those that had their outputs already
            for output in node.outputs
        }
        if not self._seconds:
            logger.info("Nothing to do: all outputs exist.")
        print_summary(outputs, catalog, self._seconds)
