"""Room for images that may be more than the memory holds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.compute.reading import reading
from denoising_autoencoder.errors import ImageSourceError

IN_MEMORY = 2**28
"""Bytes of images of one part that are kept in memory."""

_AT_ONCE = 1024
"""Images that are put into another order at once."""


def room_for(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Make an array to fill: in memory or, if it is large, in a file.

    Args:
        path: File to make if it is needed. The array outlives its removal.
        shape: Shape of the array.

    Raises:
        ImageSourceError: The disk has no room for the file, or it cannot be written.
    """
    size = int(np.prod(shape))
    if size <= IN_MEMORY:
        return np.empty(shape, np.uint8)
    try:
        with path.open("wb") as file:
            if hasattr(os, "posix_fallocate"):  # or a full disk would kill the process
                os.posix_fallocate(file.fileno(), 0, size)
        return np.memmap(path, np.uint8, "r+", shape=shape)
    except OSError as error:
        raise ImageSourceError(
            f"{path.parent.parent} has no room for {size / 2**30:.1f} GiB of images "
            f"({error.strerror or error}): make room, or take fewer pictures."
        ) from error


def in_other_order(
    images: NDArray[np.uint8], order: NDArray[np.int64], path: Path
) -> NDArray[np.uint8]:
    """Copy images in another order, as `images[order]` does, in little memory.

    Args:
        images: What `room_for` gave.
        order: Index of each image of the copy.
        path: File for the copy, as in `room_for`.
    """
    copy = room_for(path, (len(order), *images.shape[1:]))
    parts = [slice(i, i + _AT_ONCE) for i in range(0, len(order), _AT_ONCE)]
    with reading(images) as (gather, in_order):
        gathered = in_order(gather, [order[part] for part in parts])
        for part, rows in zip(parts, gathered, strict=True):
            copy[part] = rows
    return copy
