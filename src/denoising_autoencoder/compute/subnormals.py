"""Numbers too small for a processor to compute with at full speed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def subnormals_as_zero() -> Iterator[None]:
    """Count subnormal numbers, below 1.2e-38 in float32, as zero in this thread.

    So do the threads that are started inside the block. A multiplication with such a
    number takes many times as long as any other. Training makes them: the moments of
    a weight whose gradient stays zero, as behind a dead ReLU, shrink at each step.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
