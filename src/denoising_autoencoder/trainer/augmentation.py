"""Flips and transposes of training images."""

from __future__ import annotations

import torch


def dihedral(batch: torch.Tensor, seen: int) -> torch.Tensor:
    """Flip and transpose a batch, each eighth of it in another way.

    The parts go through the eight symmetries of the square, or through the four of the
    rectangle if the images are not square. Each batch continues where the last one
    stopped, so that small batches reach all symmetries too. The order of the images is
    random, so every image meets all of them. No generator is involved: an image and its
    noisy version are turned in the same way.

    Args:
        batch: (n, height, width, channels), contiguous.
        seen: Number of images in all batches before.

    Returns:
        The same pixels in the same shape, contiguous.
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
