"""Imports PyTorch while the first nodes read and prepare the images."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline

_TRAINING = "training"
"""Tag of the nodes that train."""


class EarlyImportHooks:
    """Starts the import of PyTorch, which takes more than a second, in a thread.

    The nodes before the first training leave a core idle for it: they wait for the
    disk, or compute without Python's lock. They import nothing of PyTorch; a node that
    does waits for the thread.
    """

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Start the import if the run trains, but not at once."""
        trains = [_TRAINING in node.tags for node in pipeline.nodes]
        if any(trains) and not trains[0]:
            Thread(target=_import_torch, name="import_torch").start()


def _import_torch() -> None:
    with suppress(Exception):  # the training raises it again
        import_module("torch")
