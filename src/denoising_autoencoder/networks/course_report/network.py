"""The course report's autoencoder, and the changes that the report proposes."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from denoising_autoencoder.networks.course_report.near_linear_init import (
    Convolution,
    near_linear_init,
)
from denoising_autoencoder.networks.course_report.options import Options
from denoising_autoencoder.networks.input_skip import InputSkip


def build(options: Options) -> nn.Module:
    """The network of the course report "Autoencoders for Reconstruction".

    By default two 3x3 convolutions turn a 32x32 image into 8 maps of 28x28, and two
    transposed convolutions turn these back; stride 1, no padding; 1,611 parameters. It
    has no spatial bottleneck, and its receptive field is 9x9 pixels.

    Args:
        options: Number of layers and channels, batch normalization, input skip (then
            without the Tanh at the end: a residual is not an image), initial weights.

    Returns:
        A module from (n, channels, height, width) in [-1, 1] to the same shape and
        range. Height and width must be more than twice the layers of a side.
    """
    inner = [options.width] * options.layers
    steps = [
        *((nn.Conv2d, *pair) for pair in pairwise([options.channels, *inner])),
        *((nn.ConvTranspose2d, *pair) for pair in pairwise([*inner, options.channels])),
    ]
    layers: list[nn.Module] = []
    for index, (kind, channels_in, channels_out) in enumerate(steps, start=1):
        layers.append(kind(channels_in, channels_out, 3))
        if index < len(steps):
            if options.batch_norm:
                layers.append(nn.BatchNorm2d(channels_out))
            layers.append(nn.ReLU())
    if options.linear_start:
        near_linear_init([layer for layer in layers if isinstance(layer, Convolution)])
    if options.input_skip:
        return InputSkip(nn.Sequential(*layers), multiple=1)
    return nn.Sequential(*layers, nn.Tanh())
