"""A plain chain of convolutions at half resolution: the fastest denoiser here."""

from __future__ import annotations

from torch import nn

from denoising_autoencoder.networks.ffdnet.options import Options
from denoising_autoencoder.networks.input_skip import InputSkip, start_at_zero


def build(options: Options) -> nn.Module:
    """A chain of 3x3 convolutions between a pixel-unshuffle and a pixel-shuffle.

    It follows FFDNet (Zhang et al. 2018, "FFDNet: Toward a Fast and Flexible Solution
    for CNN-based Image Denoising"), with an input skip, and without the
    batch normalization.

    Args:
        options: Number of channels and layers, sigma map.

    Returns:
        A module from (n, channels, height, width) in [-1, 1] to the same shape, for
        images of any size; in evaluation mode to the same range.
    """
    width, square = options.width, 2
    inputs = (options.channels + options.sigma_map) * square**2
    channels = options.channels * square**2
    layers: list[nn.Module] = [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
    for _ in range(options.layers - 2):
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
    layers.append(start_at_zero(nn.Conv2d(width, channels, 3, padding=1)))
    network = nn.Sequential(nn.PixelUnshuffle(square), *layers, nn.PixelShuffle(square))
    return InputSkip(network, square, options.sigma_map)
