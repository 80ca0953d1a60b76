"""Images at any places of an array, which may be a file larger than the memory."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.compute.in_order import InOrder, pool_of

Gather: TypeAlias = Callable[[npt.NDArray[np.int64]], npt.NDArray[Any]]

_LARGE = 2**30
"""Bytes from which a file may not stay in memory. A smaller one soon does, and is read
faster in large pieces."""

_BATCHES = 2
"""Batches of a large file that are read at the same time."""


@contextmanager
def reading(images: Any) -> Iterator[tuple[Gather, InOrder]]:
    """Give what gathers images, and the `map` to call it with.

    The batches of a large file are read while others are used. Of the file, only what
    is asked for is read: by default a system reads what is around it too, which may be
    megabytes for every image, and push out of the memory what other images need.

    Args:
        images: (n, ...); a file that is mapped is opened once more.
    """
    is_file = isinstance(images.base, mmap.mmap) and images.flags.c_contiguous
    if not is_file or images.nbytes <= _LARGE:
        yield lambda chosen: np.take(images, chosen, axis=0), map
        return
    name, offset, size = images.filename, images.offset, images[0].nbytes
    mapped: Any = np.memmap(name, images.dtype, "r", offset, images.shape)
    if hasattr(mmap, "MADV_RANDOM"):  # not on Windows
        mapped.base.madvise(mmap.MADV_RANDOM)
    with Path(name).open("rb") as file, pool_of(_BATCHES) as in_order:

        def gather(chosen: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
            if hasattr(os, "posix_fadvise"):  # on Linux
                # All at once: the disk answers a batch in the time of a few images.
                for start in (offset + size * chosen).tolist():
                    os.posix_fadvise(file.fileno(), start, size, os.POSIX_FADV_WILLNEED)
            return np.take(mapped, chosen, axis=0)

        yield gather, in_order
