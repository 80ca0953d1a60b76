"""Signals that end a run as an exception does, so that nothing is left half-written."""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)  # Windows has no SIGHUP
]
"""Ctrl-C, `kill`, and a terminal that is closed."""


PATIENCE = 5.0
"""Seconds after a signal in which further ones are ignored."""


class Interrupted(KeyboardInterrupt):
    """A signal asked the run to end.

    Attributes:
        code: Exit code that shells use for the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.code = 128 + number


@contextmanager
def interrupts(
    stop_work: Callable[[], None], received: list[Interrupted]
) -> Iterator[None]:
    """Raise `Interrupted` in the main thread on SIGINT, SIGTERM and SIGHUP.

    The signals of the next seconds are ignored, so that many at once do not break what
    the first one began: saving checkpoints, removing what is half-written, and printing
    the command that resumes the run. A later one is raised too while the block runs.
    Once the block was left by an interrupt, it ends the process at once.

    A signal that is ignored, as under nohup, stays ignored.

    Args:
        stop_work: Function that is called before; it ends the work of other threads
            and processes, which no signal reaches.
        received: List to which the exception is added, since a library may catch it or
            raise another one instead.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    quiet_until = 0.0

    def interrupt(number: int, *_: object) -> None:
        nonlocal quiet_until
        if time.monotonic() < quiet_until:
            return
        quiet_until = time.monotonic() + PATIENCE
        received.append(Interrupted(number))
        stop_work()
        raise received[-1]

    def end(*_: object) -> None:
        if time.monotonic() >= quiet_until:
            os._exit(received[0].code)

    def ignore_all() -> None:
        for number in heard:
            signal.signal(number, signal.SIG_IGN)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heard = [number for number in before if before[number] is not signal.SIG_IGN]
    # Python's last steps, after its exit handlers, would set the default again.
    atexit.register(ignore_all)
    for number in heard:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, end if received else before[number] or signal.SIG_DFL)
        if not received:
            atexit.unregister(ignore_all)
