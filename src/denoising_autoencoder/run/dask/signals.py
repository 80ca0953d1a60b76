"""Read by each worker that a run starts: only the run ends it.

Ctrl-C, and the signals of a batch system, reach every process of a group. The run's own
process hears them too, and asks the workers to save checkpoints.
"""

from __future__ import annotations

import signal

HEARD_BY_THE_RUN = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)  # Windows has no SIGHUP
]


def dask_setup(_: object) -> None:
    """Ignore the signals; Dask calls this when a worker starts."""
    for number in HEARD_BY_THE_RUN:
        # Not SIG_IGN, which processes that the worker starts would inherit.
        signal.signal(number, lambda *_: None)
    if hasattr(signal, "pthread_sigmask"):
        # The run holds them back until here, for the worker and all that it starts.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD_BY_THE_RUN)
