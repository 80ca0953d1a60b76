"""The nodes of a run as tasks of a cluster, followed from the run's own process."""

from __future__ import annotations

import logging
import time
from collections import Counter
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

import cloudpickle
from distributed import Client, Future, KilledWorker
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from pluggy import PluginManager

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.hooks import (
    CheckpointHooks,
    LineageHooks,
    MachineHooks,
    TunedHooks,
)
from denoising_autoencoder.hooks.lineage import PARAMETERS
from denoising_autoencoder.hooks.machine import TRAINING
from denoising_autoencoder.run.dask.node import Job, run_node, stop_nodes
from denoising_autoencoder.terminal.progress import Update, progress_bar

logger = logging.getLogger(__name__)

_WITH_THE_NODE = (LineageHooks, CheckpointHooks, TunedHooks)
"""Hooks that are called where the node runs."""

_NOT_HERE = (*_WITH_THE_NODE, MachineHooks)
"""Hooks that are not called for a node here. The last one would measure steps of the
trainings, while the workers compute."""

_LOOK = 10.0
"""Seconds without an event after which the workers are counted."""

_LOOKS = 12
"""Number of looks without any worker after which a run's own cluster is given up. Dask
starts a worker again, which takes a minute on a machine that is very busy; not so if it
dies while it starts."""

_ADVICE = "if memory has run out, take fewer workers, or a machine with more."

_PATIENCE = 4.0
"""Seconds that nodes have to end once the run is stopped. A training needs a step."""


class Tasks:
    """The tasks of one run.

    Args:
        client: Connection to the cluster.
        pipeline: Pipeline that runs.
        catalog: Its catalog, all of whose datasets are on the disk.
        hooks: Hooks of the run.
        run_id: Version under which the run saves.
    """

    def __init__(
        self,
        client: Client,
        pipeline: Pipeline,
        catalog: DataCatalog,
        hooks: PluginManager,
        run_id: str,
    ) -> None:
        plugins = [plugin for _, plugin in hooks.list_name_plugin() if plugin]
        self._client = client
        self._catalog = catalog
        self._hooks = hooks
        self._run_id = run_id
        self._hooks_there = [one for one in plugins if isinstance(one, _WITH_THE_NODE)]
        self._not_here = [one for one in plugins if isinstance(one, _NOT_HERE)]
        self._nodes = {node.name: node for node in pipeline.nodes}
        self._waits_for = {
            node: set(pipeline.node_dependencies[node]) for node in pipeline.nodes
        }
        self._topic = f"{run_id}-{uuid4().hex}"
        self._events: SimpleQueue[list[Any]] = SimpleQueue()
        self._futures: dict[str, Future[Any]] = {}
        self._started: set[str] = set()
        self._bars: dict[tuple[str, int], tuple[ExitStack, Update]] = {}
        self._looks_alone = 0

    def run(self) -> None:
        """Run all nodes, each as soon as those before it are done.

        Raises:
            ProjectError: The scheduler has ended, or a node ends every worker.
            Exception: What a node raised.
        """
        self._client.subscribe_topic(
            self._topic, lambda event: self._events.put(event[1])
        )
        try:
            self._submit_ready()
            while self._futures:
                self._handle(self._next_event())
        except BaseException:
            self._stop()
            raise
        finally:
            for name in self._nodes:
                self._close_bars(name)

    def _submit_ready(self) -> None:
        ready = [node for node, others in self._waits_for.items() if not others]
        for node in ready:
            del self._waits_for[node]
            self._submit(node)

    def _submit(self, node: Node) -> None:
        job = Job(
            node,
            self._catalog,
            self._hooks_there,
            self._run_id,
            self._topic,
            self._nodes_at_once(),
        )
        name = node.name
        future = self._client.submit(
            run_node,
            cloudpickle.dumps(job),  # now, since the catalog changes
            key=f"{name}-{uuid4().hex}",
            pure=False,
            priority=int(TRAINING in node.tags),  # they take the longest
        )
        self._futures[name] = future
        future.add_done_callback(lambda _: self._events.put(["done", name]))

    def _nodes_at_once(self) -> Counter[str]:
        """The number of nodes that each machine's workers run at the same time."""
        at_once: Counter[str] = Counter()
        for worker in self._client.scheduler_info(n_workers=-1)["workers"].values():
            at_once[worker["host"]] += worker["nthreads"]
        return at_once

    def _next_event(self) -> list[Any]:
        while True:
            with suppress(Empty):
                return self._events.get(timeout=_LOOK)
            self._looks_alone = 0 if self._nodes_at_once() else self._looks_alone + 1
            if self._looks_alone == 1:
                logger.warning(
                    "No worker is left: the run goes on as soon as there is one."
                )
            if self._looks_alone == _LOOKS and self._client.cluster is not None:
                raise ProjectError(
                    f"All workers have died, and none could be started again: {_ADVICE}"
                )

    def _handle(self, event: list[Any]) -> None:
        kind, name, *values = event
        match kind:
            case "starts":
                self._start(self._nodes[name])
            case "done":
                self._finish(self._nodes[name])
            case _:
                self._show(kind, name, values)

    def _show(self, kind: str, name: str, values: list[Any]) -> None:
        """Show what a node prints and how far it is."""
        match kind, values:
            case "log", [logger_name, level, text]:
                logging.getLogger(logger_name).log(level, "%s", text)
            case "bar", [number, *bar]:
                shown = ExitStack()
                update = shown.enter_context(progress_bar(*bar))
                self._bars[name, number] = shown, update
            # A worker that was taken for dead may send events after others.
            case "shows", [number, done, text] if (name, number) in self._bars:
                self._bars[name, number][1](done, text)
            case "ends", [number] if (name, number) in self._bars:
                self._bars.pop((name, number))[0].close()

    def _close_bars(self, name: str) -> None:
        for key in [key for key in self._bars if key[0] == name]:
            self._bars.pop(key)[0].close()

    def _start(self, node: Node) -> None:
        self._close_bars(node.name)
        if node.name in self._started:
            logger.warning("%s begins again, since its worker has died.", node.name)
            return
        self._started.add(node.name)
        self._tell("before_node_run", node, inputs=self._parameters(node))

    def _finish(self, node: Node) -> None:
        if node.name not in self._started:
            self._start(node)
        self._close_bars(node.name)
        inputs = self._parameters(node)
        try:
            is_saved = self._collect(node)
        except Exception as error:
            self._tell("on_node_error", node, error=error, inputs=inputs)
            raise
        if not is_saved:
            raise KeyboardInterrupt
        outputs = {name: self._catalog.load(name) for name in node.outputs}
        self._tell("after_node_run", node, inputs=inputs, outputs=outputs)
        for name, data in outputs.items():
            self._tell("before_dataset_saved", node, dataset_name=name, data=data)
            self._tell("after_dataset_saved", node, dataset_name=name, data=data)
        for others in self._waits_for.values():
            others.discard(node)
        self._submit_ready()

    def _collect(self, node: Node) -> bool:
        """Note what a task has saved; False if it was stopped.

        Raises:
            ProjectError: The scheduler has ended, or the node ends every worker.
            Exception: What the node raised.
        """
        try:
            versions = self._futures.pop(node.name).result()
        except KilledWorker as error:
            raise ProjectError(
                f"{node.name} was given up, since {error.allowed_failures + 1} workers "
                f"have died while they ran it: {_ADVICE}"
            ) from error
        except CancelledError as error:
            raise ProjectError(
                "The scheduler has ended or cannot be reached any more: start it and "
                "its workers again. Every saved file is complete."
            ) from error
        for name, version in (versions or {}).items():
            dataset = self._catalog.get(name)
            assert isinstance(dataset, AtomicDataset)
            if not dataset.has(version):
                raise ProjectError(
                    f"{node.name} has saved {name} where this process does not see it: "
                    "give the workers the same data_root under the same path, on a "
                    "disk that all share."
                )
            dataset.saved_version = version
        return versions is not None

    def _parameters(self, node: Node) -> dict[str, Any]:
        """What a node reads and no file holds; the rest is read where it runs."""
        names = [name for name in node.inputs if name.startswith(PARAMETERS)]
        return {name: self._catalog.load(name) for name in names}

    def _tell(self, moment: str, node: Node, **values: Any) -> None:
        """Call the hooks of a moment that follow the run."""
        caller = self._hooks.subset_hook_caller(moment, self._not_here)
        caller(
            node=node,
            catalog=self._catalog,
            is_async=False,
            run_id=self._run_id,
            **values,
        )

    def _stop(self) -> None:
        """Let trainings save checkpoints, and note what is saved meanwhile."""
        if self._client.status != "running":
            return
        with suppress(OSError):
            self._client.run(stop_nodes, self._topic, on_error="ignore")
        deadline = time.monotonic() + _PATIENCE
        while self._futures and (left := deadline - time.monotonic()) > 0:
            with suppress(Empty):
                kind, name, *values = self._events.get(timeout=left)
                if kind != "done":
                    self._show(kind, name, values)
                    continue
                with suppress(Exception):  # the first error is told
                    self._collect(self._nodes[name])
        self._client.cancel(list(self._futures.values()))
