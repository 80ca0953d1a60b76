"""Signals that end a run as an exception does, so that nothing is left half-written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)  # Windows has no SIGHUP
]
"""Ctrl-C, `kill`, and a terminal that is closed."""


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
    stop_threads: Callable[[], None], received: list[Interrupted]
) -> Iterator[None]:
    """Raise `Interrupted` in the main thread on SIGINT, SIGTERM and SIGHUP.

    A signal that is ignored, as under nohup, stays ignored.

    Args:
        stop_threads: Function that is called before; it ends the work of other threads,
            which no signal reaches.
        received: List to which the exception is added, since a library may catch it or
            raise another one instead.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def interrupt(number: int, *_: object) -> None:
        received.append(Interrupted(number))
        stop_threads()
        raise received[-1]

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
