"""Batches of images in their order, as a network takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch


def consecutive_batches(
    images: npt.NDArray[np.floating[Any]], batch_size: int
) -> Iterator[torch.Tensor]:
    """Yield all images once, in their order; the last batch may be smaller.

    Args:
        images: (n, height, width, channels), any float dtype; may be memory-mapped.
        batch_size: Largest number of images in a batch.

    Yields:
        float32 of shape (at most batch_size, height, width, channels), contiguous.
    """
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size].astype(np.float32)
        yield torch.from_numpy(batch)


def as_network_input(batch: torch.Tensor) -> torch.Tensor:
    """See an NHWC batch as NCHW: the channels_last layout, without a copy."""
    return batch.permute(0, 3, 1, 2)
