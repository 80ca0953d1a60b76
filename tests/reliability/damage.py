"""Files as a bad disk or transfer leaves them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def damaged_copies(content: bytes, count: int = 400) -> Iterator[bytes]:
    """Copies of which two bytes are drawn anew."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        damaged = bytearray(content)
        for place in rng.integers(len(content), size=2):
            damaged[place] = rng.integers(256)
        yield bytes(damaged)
