"""The connection to a cluster: one that is started here, or one that runs already."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import dask
from distributed import Client, LocalCluster

from denoising_autoencoder.compute.processes import (
    deaf_to,
    refuse_a_script_without_guard,
)
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.run.dask import signals

_PACKAGES = ("denoising_autoencoder", "kedro", "torch")
"""Packages of which a worker must have the same version."""

_LOGGERS = ("distributed", "distributed.client", "distributed.gc")
"""Loggers whose level Dask sets when it is imported. What they tell becomes a sentence
here."""

_CONFIGURATION = {
    # Nodes may start processes, which a daemonic process could not.
    "distributed.worker.daemon": False,
    # Before a worker's first import, since Kedro's own handler would print the rest.
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
}
"""How Dask starts workers on this machine."""

_ANSWER = 5.0
"""Seconds in which a scheduler has to answer."""

_END = 3.0
"""Seconds that are waited for the end of a cluster whose workers are killed."""


@contextmanager
def connected(workers: int, address: str | None) -> Iterator[Client]:
    """Connect to a cluster while the block runs.

    Args:
        workers: Number of processes that are started here if there is no address.
        address: Address of a scheduler that runs already; None to start one.

    Raises:
        ProjectError: Nobody answers, there is no worker, or one has other versions.
    """
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address is None:
        with (
            _started(workers) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        client = Client(address, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise ProjectError(
            f"No scheduler answers at {address}: start one by `dask scheduler`, and "
            "give the address that it prints."
        ) from error
    with client:
        _refuse_other_versions(client, address)
        yield client


@contextmanager
def _started(workers: int) -> Iterator[LocalCluster]:
    """A scheduler in this process, and worker processes that end with it."""
    refuse_a_script_without_guard()
    with dask.config.set(_CONFIGURATION):
        with deaf_to(*signals.HEARD_BY_THE_RUN):
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=0,  # data that are mapped from files would count too
                dashboard_address=None,
                # Its pages without the dashboard; the usual port may be in use.
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
                preload=signals.__name__,
            )
        try:
            yield cluster
        finally:
            _end(cluster)


def _end(cluster: LocalCluster) -> None:
    """End the workers at once, since all that they have made is on the disk."""
    for nanny in cluster.workers.values():
        nanny.close_gracefully()  # it would start its worker again
        with suppress(ProcessLookupError):
            if nanny.pid:
                os.kill(nanny.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    with suppress(TimeoutError):
        cluster.close(timeout=_END)


def _refuse_other_versions(client: Client, address: str) -> None:
    versions: Any = client.get_versions(packages=list(_PACKAGES))
    if not versions["workers"]:
        raise ProjectError(
            f"The scheduler at {address} has no worker: start some by "
            f"`dask worker {address} --nthreads=1`."
        )
    mine = _versions_of(versions["client"])
    for worker, its in versions["workers"].items():
        for name, version in _versions_of(its).items():
            if version != mine[name]:
                raise ProjectError(
                    f"The worker at {worker} has {name} {version or 'not installed'}, "
                    f"and this process {mine[name]}: install the same version there."
                )


def _versions_of(described: dict[str, dict[str, str | None]]) -> dict[str, str | None]:
    """The versions that have to be the same, by name."""
    python = ".".join((described["host"]["python"] or "").split(".")[:2])
    packages = {name: described["packages"][name] for name in _PACKAGES}
    return {"Python": python, **packages}
