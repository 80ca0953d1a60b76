"""Work on several cores, by Python threads of which each computes on one core.

PyTorch's own threads share the work inside an operation. They wait for one another
after each of some hundred operations of a training step, busily, so that another
program on one of the cores slows the step down many times; and the order in which they
add differs with their number. Here a step or a pass is cut into parts of a fixed size,
each thread computes whole parts, and their results are taken in order: the bits depend
neither on the number of threads nor on the load, and the threads wait for one another
only once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.in_order import InOrder, pool_of
from denoising_autoencoder.compute.torchrun import processes_here


@contextmanager
def on_threads(count: int | Literal["auto"], device: torch.device) -> Iterator[InOrder]:
    """Give a `map` that computes on several cores of the CPU.

    Inside the block each operation of PyTorch computes on one core.

    Args:
        count: Number of threads; "auto" is one for each core that the process may use,
            which the processes of torchrun on one machine share.
        device: Device of the computation. If it is not the CPU, one thread is enough.
    """
    wanted = count_threads(count)
    with one_core_an_operation:
        if wanted == 1 or device.type != "cpu":
            yield map
            return
        with pool_of(wanted) as in_order:
            yield in_order


def count_threads(count: int | Literal["auto"]) -> int:
    """The number of threads that `on_threads` takes on the CPU."""
    share = max(1, available_cores() // processes_here())
    return share if count == "auto" else count


class _OneCoreAnOperation:
    """PyTorch has a number of threads for the process, and several may be inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = 1

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = torch.get_num_threads()
            # Also for this thread, which may have taken over another number.
            torch.set_num_threads(1)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                torch.set_num_threads(self._before)


one_core_an_operation = _OneCoreAnOperation()
"""A context in which each operation of PyTorch computes on one core. The last of
several threads that leaves it restores PyTorch's number; in those that left before, an
operation goes on computing on one core."""
