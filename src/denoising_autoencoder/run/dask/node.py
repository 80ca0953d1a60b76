"""What a worker does for a node."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import cloudpickle
import rich
from distributed import get_worker
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog
from kedro.pipeline.node import Node
from kedro.runner import Task

from denoising_autoencoder.compute.cores import take_share
from denoising_autoencoder.compute.processes import end_processes
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.hooks.preflight import ignore_invalid_environment
from denoising_autoencoder.hooks.resume import stop_trainings
from denoising_autoencoder.run.configuration import find_logging_configuration
from denoising_autoencoder.terminal.progress import Show, Update, bars_elsewhere

Send = Callable[..., None]
"""Sends a kind of event and its values to the run's process."""

_REFRESH = 0.25
"""Seconds between two messages of a bar."""

_send: ContextVar[Send | None] = ContextVar("send", default=None)

_running: list[Job] = []
"""The nodes that run in this process."""

_stopped: set[str] = set()
"""Topics of the runs that were stopped."""

_numbers = count()


@dataclass(frozen=True)
class Job:
    """A node, and all that a worker needs to run it.

    Attributes:
        node: The node.
        catalog: Catalog whose datasets read what this run has saved.
        hooks: Hooks that go with the node, in the order of their registration.
        run_id: Version under which the run saves.
        topic: Name of the run's events on the scheduler.
        at_once: Number of nodes that the workers of a machine run at the same time, by
            the machine's address.
    """

    node: Node
    catalog: DataCatalog
    hooks: Sequence[object]
    run_id: str
    topic: str
    at_once: Mapping[str, int]


def run_node(pickled: bytes) -> dict[str, str] | None:
    """Run a node in this worker.

    Args:
        pickled: The `Job`, by cloudpickle.

    Returns:
        The version of each output; None if the run was stopped meanwhile.
    """
    _set_up()
    job: Job = cloudpickle.loads(pickled)
    worker = get_worker()
    take_share(job.at_once.get(worker.ip, worker.state.nthreads))

    def send(kind: str, *values: Any) -> None:
        worker.log_event(job.topic, [kind, job.node.name, *values])

    _running.append(job)
    token = _send.set(send)
    try:
        if job.topic in _stopped:
            return None
        send("starts")
        with bars_elsewhere(_bars(send)):
            return _execute(job)
    except KeyboardInterrupt:  # it would end the worker, and the task begin elsewhere
        return None
    finally:
        _send.reset(token)
        _running.remove(job)


def stop_nodes(topic: str) -> None:
    """Let the trainings of a run save a checkpoint and end; its other nodes go on.

    Args:
        topic: Name of the run's events on the scheduler.
    """
    _stopped.add(topic)
    mine = [job for job in _running if job.topic == topic]
    for job in mine:
        stop_trainings(job.node.inputs, job.catalog)
    if mine:
        end_processes()


def _execute(job: Job) -> dict[str, str]:
    """Run the node, unless a worker that has died since has saved all its outputs."""
    outputs = {name: job.catalog.get(name) for name in job.node.outputs}
    ours = {
        name: dataset
        for name, dataset in outputs.items()
        if isinstance(dataset, AtomicDataset)
    }
    if len(ours) < len(outputs) or not all(
        dataset.has(job.run_id) for dataset in ours.values()
    ):
        for dataset in ours.values():
            dataset.discard(job.run_id)
        manager = _create_hook_manager()
        for hooks in job.hooks:
            manager.register(hooks)
        Task(job.node, job.catalog, False, manager, job.run_id).execute()
    return dict.fromkeys(ours, job.run_id)


@cache
def _set_up() -> None:
    """Let the run's process show what this worker would."""
    find_logging_configuration()
    logging.getLogger().handlers[:] = [_ToTheRun()]
    rich.reconfigure(force_interactive=False)
    ignore_invalid_environment()


class _ToTheRun(logging.Handler):
    """Sends the records of a node to the process of its run."""

    def emit(self, record: logging.LogRecord) -> None:
        send = _send.get()
        if send is not None:
            send("log", record.name, record.levelno, self.format(record))


def _bars(send: Send) -> Show:
    """What shows the bars of a node in the run's process."""

    @contextmanager
    def show(
        label: str, total: float | None, done: int, text: str, time_left: bool
    ) -> Iterator[Update]:
        number, sent = next(_numbers), 0.0

        def update(done: float, text: str) -> None:
            nonlocal sent
            if time.monotonic() - sent > _REFRESH:
                sent = time.monotonic()
                send("shows", number, float(done), text)

        send("bar", number, label, total, done, text, time_left)
        try:
            yield update
        finally:
            send("ends", number)

    return show
