"""Batches of images in their order, as a network takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

PIXELS = 64 * 32 * 32
"""Largest number of pixels in a forward pass of several images. With more, a pass no
longer stays in a processor's cache: 500 images of 32x32 at once take up to a quarter
longer."""


def images_in_a_pass(height: int, width: int) -> int:
    """The number of images of a size that a network is given at once, at least one."""
    return max(1, PIXELS // (height * width))


def consecutive_batches(
    images: npt.NDArray[np.floating[Any]],
) -> Iterator[torch.Tensor]:
    """Yield all images once, in their order; the last batch may be smaller.

    Args:
        images: (n, height, width, channels), any float dtype; may be memory-mapped.

    Yields:
        float32 of shape (at most `images_in_a_pass`, height, width, channels),
        contiguous.
    """
    size = images_in_a_pass(*images.shape[1:3])
    for start in range(0, len(images), size):
        yield torch.from_numpy(images[start : start + size].astype(np.float32))


def as_network_input(batch: torch.Tensor) -> torch.Tensor:
    """See an NHWC batch as NCHW: the channels_last layout, without a copy."""
    return batch.permute(0, 3, 1, 2)
