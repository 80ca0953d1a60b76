"""A function called in several processes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def available_cores() -> int:
    """The number of cores that this process may use.

    It is smaller than the machine's under `taskset`, in a cpuset or in a batch system.
    A quota of CPU time does not change it. (`os.process_cpu_count` needs Python 3.13.)
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_processes(
    function: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]], processes: int
) -> Generator[_Result]:
    """Call a function once for each task, in several processes.

    If the generator is closed early, tasks that have not begun are cancelled.

    Args:
        function: A module's function, so that a process can import it.
        tasks: The arguments of each call. A process receives copies of them.
        processes: Number of processes. With 1 the calls are made in this process, one
            after the other.

    Yields:
        The results, in the order of the tasks.
    """
    if processes == 1:
        for task in tasks:
            yield function(*task)
        return
    # spawn, because a fork after PyTorch has started its threads can hang.
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_live_with_the_parent
    ) as pool:
        yield from pool.map(function, *zip(*tasks, strict=True))


def _live_with_the_parent() -> None:
    """Let the parent handle Ctrl-C, and end when the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:

        def end_with_it() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=end_with_it, daemon=True).start()
