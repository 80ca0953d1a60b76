"""The course report's autoencoder."""

from __future__ import annotations

from torch import nn


def report_autoencoder() -> nn.Sequential:
    """The network of the course report "Autoencoders for Reconstruction".

    Two convolutions of 3x3 shrink a 32x32 image to 8 maps of 28x28, two transposed
    convolutions bring it back; stride 1, no padding; 1,611 parameters. As it has no
    bottleneck in space, its receptive field is 9x9 pixels.

    Returns:
        A module from (n, 3, height, width) in [-1, 1] to the same shape and range, for
        any height and width of at least 5.
    """
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 8, 3),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 3, 3),
        nn.Tanh(),
    )
