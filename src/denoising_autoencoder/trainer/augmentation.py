"""Flips and transposes of training images."""

from __future__ import annotations

import torch


def dihedral(batch: torch.Tensor, seen: int) -> torch.Tensor:
    """Turn and mirror a batch, each eighth of it in another way.

    Part by part it goes through the symmetries of the square (of the rectangle, which
    are four, for images that are no squares), and on from where the last batch stopped,
    so that small batches get to all of them too. The order of the images being random,
    each image meets all of them; and no generator is needed, so that an image and its
    noisy version go the same way.

    Args:
        batch: (n, height, width, channels), contiguous.
        seen: How many images were in the batches before.

    Returns:
        Of the same shape, contiguous; the same pixels.
    """
    square = batch.shape[1] == batch.shape[2]
    ways = 8 if square else 4
    turned = []
    for number, part in enumerate(batch.tensor_split(ways), start=seen % ways):
        turn = part
        if number & 1:
            turn = turn.flip(1)
        if number & 2:
            turn = turn.flip(2)
        if number & 4:
            turn = turn.transpose(1, 2)
        turned.append(turn)
    return torch.cat(turned)
