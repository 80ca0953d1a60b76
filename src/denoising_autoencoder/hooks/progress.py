"""The progress bar of a run: how many nodes are done, and which ones are running."""

from __future__ import annotations

from contextlib import ExitStack

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.terminal.progress import close_display, progress_bar


class ProgressHooks(ExitStack):
    """Shows one run; leaving it as a context removes every bar, after errors too."""

    def __init__(self) -> None:
        super().__init__()
        self.callback(close_display)
        self._running: list[str] = []
        self._done = 0

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Show the bar."""
        self._nodes = len(pipeline.nodes)
        bar = progress_bar("run", self._nodes, time_left=False)
        self._update = self.enter_context(bar)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Show the name of a node that starts."""
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
        """Remove the bar before the summary is printed."""
        self.close()

    def _show(self) -> None:
        names = ", ".join(self._running)
        self._update(self._done, f"{self._done}/{self._nodes} nodes  {names}")
