"""Several processes that work on one study."""

from __future__ import annotations

import logging
import mmap
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rich

from denoising_autoencoder.compute.processes import start_process
from denoising_autoencoder.errors import ProjectError

logger = logging.getLogger(__name__)

_LOOK = 0.5
"""Seconds between two looks at the study."""

_REPLACEMENTS = 3
"""Number of times that a worker is replaced, at most, on average."""

_PATIENCE = 10.0
"""Seconds that a worker has to put its trial back, before it is killed."""


_NOTE = 20_000
"""Characters of a worker's traceback, at most."""


@dataclass(frozen=True)
class MappedFile:
    """An array that lies in a file, which another process maps for itself."""

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def open(self) -> npt.NDArray[Any]:
        """Map the array read-only."""
        return np.memmap(self.path, self.dtype, "r", self.offset, self.shape)


def without_copy(array: Any) -> Any:
    """What to send to a process instead of an array: its file, if it is a whole map."""
    is_whole = isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap)
    if is_whole and array.flags.c_contiguous:
        path = Path(str(array.filename))
        return MappedFile(path, array.offset, array.shape, array.dtype)
    return array


def as_array(sent: Any) -> npt.NDArray[Any]:
    """The array, in the process that `without_copy` sent it to."""
    return sent.open() if isinstance(sent, MappedFile) else sent


def run_workers(
    work: Callable[..., None], task: Any, count: int, tick: Callable[[], None]
) -> None:
    """Run a function in several processes, and replace those that die.

    Args:
        work: A module's function of the task.
        task: Its argument, which can be pickled.
        count: Number of processes.
        tick: Called again and again while they run.

    Raises:
        ProjectError: What a worker raised, or too many have died.
    """
    workers = [_Worker.start(work, task) for _ in range(count)]
    deaths = 0
    try:
        while workers:
            wait([worker.process.sentinel for worker in workers], timeout=_LOOK)
            tick()
            ended = [worker for worker in workers if not worker.process.is_alive()]
            for worker in ended:
                workers.remove(worker)
                if worker.has_died():
                    deaths += 1
                    _warn_or_give_up(worker, deaths, count)
                    workers.append(_Worker.start(work, task))
    finally:
        _end(workers)


@dataclass(frozen=True)
class _Worker:
    process: BaseProcess
    connection: Connection

    @classmethod
    def start(cls, work: Callable[..., None], task: Any) -> _Worker:
        ours, its = Pipe(duplex=False)
        process = start_process(_work, work, task, its)
        its.close()
        return cls(process, ours)

    def has_died(self) -> bool:
        """Whether it ended without a result and without an error.

        Raises:
            Exception: What it raised.
        """
        self.process.join()
        with suppress(EOFError):
            if self.connection.poll():
                raise self.connection.recv()
        return self.process.exitcode != 0


def _warn_or_give_up(worker: _Worker, deaths: int, count: int) -> None:
    if deaths > _REPLACEMENTS * count:
        raise ProjectError(
            f"{deaths} processes of the search have died: if memory has run out, set "
            "tuning.workers to a smaller number; the same command resumes the search."
        )
    logger.warning(
        "A process of the search has died (exit code %s): another replaces it, and its "
        "trial goes on from its finished folds.",
        worker.process.exitcode,
    )


def _end(workers: list[_Worker]) -> None:
    """Ask those that run to put their trials back, and wait for them."""
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(_PATIENCE)
        worker.process.kill()
        worker.process.join()
        worker.connection.close()


def _work(work: Callable[..., None], task: Any, connection: Connection) -> None:
    """What a process does: work, and tell the parent of an error."""
    rich.reconfigure(force_interactive=False)  # bars are the parent's
    signal.signal(signal.SIGTERM, _interrupt)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        work(task)
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGTERM) from None
    except Exception as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends by itself
        # The parent reads when this process has ended, so it has to fit into the pipe.
        error.add_note(traceback.format_exc()[-_NOTE:])
        connection.send(error)


def _interrupt(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
