"""The nearest neighbours of points."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_VALUES = 2**22
"""Values that are float32 at once: 16 MB."""


def nearest(
    queries: npt.NDArray[np.number[Any]],
    points: npt.NDArray[np.number[Any]],
    count: int,
) -> npt.NDArray[np.intp]:
    """The points with the smallest Euclidean distance from each query.

    Args:
        queries: (q, ...), few, of numbers within the range of float32.
        points: (n, ...), of the same shape but for n; may be memory-mapped.
        count: Number of neighbours, n at most.

    Returns:
        (q, count): indices of points, the nearest first; of equal ones, the first.
    """
    rows = queries.reshape(len(queries), -1).astype(np.float32)
    at_once = max(1, _VALUES // rows.shape[1])
    distances = np.empty((len(queries), len(points)))
    for start in range(0, len(points), at_once):
        part = np.asarray(points[start : start + at_once], np.float32)
        part = part.reshape(len(part), -1)
        for query, row in enumerate(rows):
            squares = ((part - row) ** 2).sum(axis=1, dtype=np.float64)
            distances[query, start : start + len(part)] = squares
    return distances.argsort(axis=1, kind="stable")[:, :count]
