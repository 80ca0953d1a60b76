"""Flips and transposes of training images."""

from __future__ import annotations

import torch


def dihedral(batch: torch.Tensor) -> torch.Tensor:
    """Turn and mirror a batch, each eighth of it in another way.

    The first images stay as they are, the next are flipped, and so on through the
    symmetries of the square; of the rectangle, which are four, for images that are no
    squares. The order of the images being random, each image meets all of them; and no
    generator is needed, so that an image and its noisy version go the same way.

    Args:
        batch: (n, height, width, channels), contiguous.

    Returns:
        Of the same shape, contiguous; the same pixels.
    """
    square = batch.shape[1] == batch.shape[2]
    turned = []
    for number, part in enumerate(batch.tensor_split(8 if square else 4)):
        turn = part
        if number & 1:
            turn = turn.flip(1)
        if number & 2:
            turn = turn.flip(2)
        if number & 4:
            turn = turn.transpose(1, 2)
        turned.append(turn)
    return torch.cat(turned)
