"""The course report's autoencoder, and the changes that the report proposes."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from denoising_autoencoder.networks.any_size import Framed
from denoising_autoencoder.networks.cells import WIDEST, Convolution, InCells
from denoising_autoencoder.networks.course_report.near_linear_init import start_linear
from denoising_autoencoder.networks.course_report.options import Options


def build(options: Options) -> nn.Module:
    """The network of the course report "Autoencoders for Reconstruction".

    By default two convolutions of 3x3 shrink a 32x32 image to 8 maps of 28x28, two
    transposed convolutions bring it back; stride 1, no padding; 1,611 parameters. As it
    has no bottleneck in space, its receptive field is 9x9 pixels.

    Args:
        options: More layers or channels, batch normalization, an input skip (instead
            of the Tanh at the end, since a residual is not an image), other initial
            weights.

    Returns:
        A module from (n, 3, height, width) in [-1, 1] to the same shape and range, for
        any height and width above twice the layers of a side.
    """
    inner = [options.width] * options.layers
    steps = [
        *((nn.Conv2d, *pair) for pair in pairwise([3, *inner])),
        *((nn.ConvTranspose2d, *pair) for pair in pairwise([*inner, 3])),
    ]
    layers: list[nn.Module] = []
    for index, (kind, channels_in, channels_out) in enumerate(steps, start=1):
        layers.append(kind(channels_in, channels_out, 3))
        if index < len(steps):
            if options.batch_norm:
                layers.append(nn.BatchNorm2d(channels_out))
            layers.append(nn.ReLU())
    if options.linear_start:
        start_linear([one for one in layers if isinstance(one, Convolution)])
    # Batch normalization has a mean for each channel of a pixel, not of a cell.
    in_cells = options.width <= WIDEST and not options.batch_norm
    chain = InCells if in_cells else nn.Sequential
    if options.input_skip:
        return Framed(chain(*layers), multiple=1, input_skip=True)
    return chain(*layers, nn.Tanh())
