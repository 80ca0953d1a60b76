"""Work on the rows of large arrays, on all cores.

NumPy and SciPy compute on one core, but release Python's lock while they do: threads
are enough, and a start of other processes would take longer than most of this work.
"""

from __future__ import annotations

from collections.abc import Callable

from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.in_order import pool_of


def for_each_part(function: Callable[[slice], None], count: int, size: int) -> None:
    """Call a function for each part of some rows, several at the same time.

    Args:
        function: Computes the rows of a slice and stores them; what it gives a row must
            not depend on the part that the row is in.
        count: Number of rows.
        size: Number of rows in a part; the last part may be smaller. It is the same for
            any number of cores.
    """
    parts = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    with pool_of(min(available_cores(), len(parts)) or 1) as in_order:
        for _ in in_order(function, parts):  # raises what a call has raised
            pass
