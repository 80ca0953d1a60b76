"""A function called in several processes."""

from __future__ import annotations

import ast
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import (
    active_children,
    current_process,
    get_context,
    parent_process,
)
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from denoising_autoencoder.errors import ProjectError

_Result = TypeVar("_Result")

_GUARD = 'if __name__ == "__main__":'


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

    Raises:
        ProjectError: The script that was started has no guard, or a process has died.
    """
    if processes == 1:
        for task in tasks:
            yield function(*task)
        return
    with _submitted(function, tasks, processes) as futures:
        calls = deque(futures)
        del futures[:]  # what has been yielded is held by nobody here
        while calls:
            yield calls.popleft().result()


def map_as_finished(
    function: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]], processes: int
) -> Generator[tuple[int, _Result]]:
    """Call a function as `map_processes` does, and give each result at once.

    Yields:
        The number of a task and its result, in the order in which they are finished.

    Raises:
        ProjectError: The script that was started has no guard, or a process has died.
    """
    if processes == 1:
        yield from enumerate(map_processes(function, tasks, 1))
        return
    with _submitted(function, tasks, processes) as futures:
        numbers = {future: number for number, future in enumerate(futures)}
        for future in as_completed(futures):
            yield numbers[future], future.result()


@contextmanager
def _submitted(
    function: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]], processes: int
) -> Iterator[list[Future[_Result]]]:
    """The calls under way; those that have not begun are cancelled at the end.

    Raises:
        ProjectError: The script that was started has no guard, or a process has died.
    """
    _refuse_in_a_daemon()
    refuse_a_script_without_guard()
    # spawn, because a fork after PyTorch has started its threads can hang.
    pool = ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_live_with_the_parent
    )
    try:
        with deaf_to(signal.SIGINT):  # what is started here stays so
            futures = [pool.submit(function, *task) for task in tasks]
        yield futures
    except BrokenProcessPool as error:
        raise ProjectError(
            "A process that shares the work has died. If a script of yours starts the "
            f"run, put all that it does below `{_GUARD}`, since each process reads the "
            "script again; else memory may have run out: take fewer processes "
            "(baselines.processes, tuning.workers)."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def start_process(function: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Call a function in a process that leaves Ctrl-C to this one, and ends with it.

    Args:
        function: A module's function.
        arguments: Its arguments, of which the process receives copies.

    Raises:
        ProjectError: The script that was started has no guard.
    """
    _refuse_in_a_daemon()
    refuse_a_script_without_guard()
    process = get_context("spawn").Process(
        target=_call_with_the_parent, args=(function, arguments)
    )
    with deaf_to(signal.SIGINT):
        process.start()
    return process


def end_processes() -> None:
    """End all processes that were started here.

    `map_processes` then raises, in whatever thread.
    """
    for process in active_children():
        process.terminate()


def reads_the_main_script() -> bool:
    """Whether this is a process of `map_processes` that reads the parent's script.

    A spawned process imports the script, so that it finds the functions defined there.
    What is not below `if __name__ == "__main__":` is then executed again.
    """
    return getattr(current_process(), "_inheriting", False)


def refuse_a_script_without_guard() -> None:
    """Refuse a script that each process would execute as a whole.

    Raises:
        ProjectError: It has no statement that asks for `__name__`.
    """
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    module = getattr(getattr(main, "__spec__", None), "name", "")  # of `python -m`
    if file is None or module.endswith("__main__"):  # is not read again
        return
    try:
        script = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    asks = (
        isinstance(part, ast.Name) and part.id == "__name__"
        for part in ast.walk(script)
    )
    if not any(asks):
        raise ProjectError(
            f"{file} has no guard, so that each process that shares the work would "
            f"execute it again: put all that it does below `{_GUARD}`."
        )


def _refuse_in_a_daemon() -> None:
    """Refuse to start processes from a process that Python does not allow to.

    Raises:
        ProjectError: This is a daemonic process, as Dask's workers usually are.
    """
    if current_process().daemon:
        raise ProjectError(
            "A worker of Dask cannot start the processes that share this work: start "
            "it with DASK_DISTRIBUTED__WORKER__DAEMON=False in its environment."
        )


@contextmanager
def deaf_to(*numbers: signal.Signals) -> Iterator[None]:
    """Hold signals back for a moment; processes that start meanwhile never hear them.

    Args:
        numbers: The signals.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _live_with_the_parent() -> None:
    """Let the parent handle Ctrl-C, and end when the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:

        def end_with_it() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=end_with_it, daemon=True).start()


def _call_with_the_parent(
    function: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    _live_with_the_parent()
    function(*arguments)
