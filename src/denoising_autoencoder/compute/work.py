"""The work of a training."""

from __future__ import annotations

_FLOP_PER_MAC = 6
"""A multiplication and an addition, in the forward pass, for the gradients of the
inputs and for those of the weights."""


def training_tflop(macs: float, images: float) -> float:
    """The floating-point operations of a training, in TFLOP (10^12).

    They do not depend on the machine, unlike seconds.

    Args:
        macs: Multiply-accumulates of the network for one image, forward.
        images: Number of images that the training sees, each as often as it does.
    """
    return _FLOP_PER_MAC * macs * images / 1e12
