"""Arrays that may be larger than the memory, computed some rows at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_AT_ONCE = 2**26
"""Bytes of a chunk: enough for all cores, few beside what PyTorch takes."""


@dataclass(frozen=True)
class ChunkedArray:
    """An array whose rows are computed when they are read.

    A function returns one in place of an array that may not fit into the memory, and
    stays pure: who saves it goes through its chunks. `np.asarray` computes all rows.

    Attributes:
        shape: Shape of the whole array.
        dtype: Its type.
        compute: Function that gives the rows of a slice from a start to a stop. A row
            must not depend on the slice that it is in.
    """

    shape: tuple[int, ...]
    dtype: npt.DTypeLike
    compute: Callable[[slice], npt.NDArray[Any]]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> npt.NDArray[Any]:
        """Compute the rows of a slice without a step."""
        start, stop, _ = rows.indices(len(self))
        return self.compute(slice(start, stop))

    def __array__(
        self,
        dtype: npt.DTypeLike | None = None,
        copy: bool | None = None,
    ) -> npt.NDArray[Any]:
        """Compute all rows."""
        return np.array(self[:], dtype, copy=copy)

    def chunks(self) -> Iterator[npt.NDArray[Any]]:
        """Compute all rows, some at a time, in their order."""
        row = math.prod(self.shape[1:]) * np.dtype(self.dtype).itemsize
        rows = max(1, _AT_ONCE // max(1, row))
        for start in range(0, len(self), rows):
            yield self[start : start + rows]
