"""Processes that tests start: signals reach them, and none outlives its test."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import pytest

TIMEOUT = 300
"""Seconds after which a process counts as hung, however busy the machine is."""

DEFAULTS = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}

_WATCHER = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


_running: dict[int, Any] = {}


@contextmanager
def default_signals() -> Iterator[None]:
    """Handle SIGINT, SIGTERM and SIGHUP as a process in the foreground does.

    They are ignored under nohup and in the background of a script, and a process
    inherits that from the one that starts it.
    """
    before = {number: signal.signal(number, DEFAULTS[number]) for number in DEFAULTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start(command: str | list[str], **options: Any) -> subprocess.Popen[str]:
    """Start a process with one pipe for its standard output and standard error.

    Args:
        command: Command.
        options: Other options of `subprocess.Popen`.
    """
    with default_signals():
        process = subprocess.Popen(
            command,
            text=True,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            **{"stdout": subprocess.PIPE, **options},
        )
    watch(process)
    return process


def run(command: str | list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Start a process and wait for its end; arguments as for `start`."""
    process = start(command, **options)
    try:
        output, _ = process.communicate(timeout=TIMEOUT)
    finally:
        end(process)
    return subprocess.CompletedProcess(command, process.returncode, output)


def watch(process: Any) -> None:
    """End a process, which leads a group, when the running test ends or is killed."""
    _running[process.pid] = process
    print(f"+{process.pid}", file=_watcher().stdin, flush=True)


def end(process: Any) -> None:
    """Kill a process and its group, if they still run, and close its pipes."""
    with suppress(ProcessLookupError, PermissionError):  # macOS: all have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
    if _running.pop(process.pid, None) is not None:
        print(f"-{process.pid}", file=_watcher().stdin, flush=True)


@pytest.fixture(autouse=True)
def processes_end_with_their_test() -> Iterator[None]:
    before = set(_running)
    yield
    for number in set(_running) - before:
        end(_running[number])


@cache
def _watcher() -> subprocess.Popen[str]:
    """A process that kills the groups as soon as this one has ended."""
    watcher = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _WATCHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    atexit.register(watcher.communicate)
    return watcher
