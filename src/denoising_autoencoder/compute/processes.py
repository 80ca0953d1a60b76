"""Work that is shared out to processes."""

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
    """How many cores this process is bound to.

    Fewer than the machine has under `taskset`, in a cpuset or in a batch system; a
    quota of CPU time is not seen. (`os.process_cpu_count` came with Python 3.13.)
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(
    function: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]], processes: int
) -> Generator[_Result]:
    """Call a function with the arguments of each task, side by side.

    Closing it early calls off the tasks that have not begun.

    Args:
        function: Of a module, so that a process finds it by its name.
        tasks: The arguments of each call; they travel to the process as copies.
        processes: How many; with 1 the calls are made here, one after the other.

    Yields:
        What the calls give, in the order of the tasks.
    """
    if processes == 1:
        for task in tasks:
            yield function(*task)
        return
    # spawn, not fork: a fork after PyTorch has started its threads can hang.
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_live_with_the_parent
    ) as pool:
        yield from pool.map(function, *zip(*tasks, strict=True))


def _live_with_the_parent() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:

        def end_with_it() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=end_with_it, daemon=True).start()
