"""How far a run is: its nodes that are done, and those that run now."""

from __future__ import annotations

from contextlib import AbstractContextManager

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.terminal.progress import Line, add, end


class ProgressHooks(AbstractContextManager["ProgressHooks"]):
    """Shows one run, until it is left as a context."""

    def __init__(self) -> None:
        self._line: Line | None = None
        self._running: list[str] = []
        self._done = 0
        self._nodes = 0

    def __exit__(self, *_: object) -> None:
        """End the display, whatever became of the run."""
        end()

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Begin the line of the run."""
        self._nodes = len(pipeline.nodes)
        self._line = add("run", self._nodes, time_left=False)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Name a node that runs."""
        self._running.append(node.name)
        self._show()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Count a node that is done."""
        self._running.remove(node.name)
        self._done += 1
        self._show()

    @hook_impl
    def after_pipeline_run(self) -> None:
        """End the line before anything is printed of the run."""
        end()

    def _show(self) -> None:
        if self._line is not None:
            names = ", ".join(self._running)
            self._line.update(self._done, f"{self._done}/{self._nodes} nodes", names)
