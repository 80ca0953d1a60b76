"""A residual U-Net: the strongest denoiser of this package."""

from __future__ import annotations

import torch
from torch import nn

from denoising_autoencoder.networks.any_size import AnySize
from denoising_autoencoder.networks.input_skip import InputSkip, start_at_zero
from denoising_autoencoder.networks.resunet.options import Options
from denoising_autoencoder.networks.upsample import upsample


def build(options: Options) -> nn.Module:
    """A U-Net of residual blocks.

    It follows DRUNet (Zhang et al. 2021, "Plug-and-Play Image Restoration with Deep
    Denoiser Prior"): 2x2 convolutions of stride 2 between levels, skips that are added,
    two 3x3 convolutions in a block. It is smaller, and most of its blocks are where
    they help on images of 32x32. Each block's last convolution starts at zero, so with
    the input skip the untrained network returns its input. docs/networks.md compares
    other widths and blocks.

    Args:
        options: Widths and blocks of the levels, pixel-unshuffle, batch normalization,
            input skip, slope of the ReLUs, sigma map.

    Returns:
        A module from (n, channels, height, width) in [-1, 1] to the same shape, for
        images of any size; in evaluation mode to the same range.
    """
    multiple = options.unshuffle * 2 ** (len(options.widths) - 1)
    kind = InputSkip if options.input_skip else AnySize
    return kind(UNet(options), multiple, options.sigma_map)


class UNet(nn.Module):
    """Levels that halve the side on the way down and double it on the way up.

    Saved models name its weights by these attributes.
    """

    def __init__(self, options: Options) -> None:
        super().__init__()
        widths, square = options.widths, options.unshuffle
        channels = options.channels * square**2
        inputs = channels + options.sigma_map * square**2

        def blocks(level: int) -> nn.Sequential:
            return nn.Sequential(
                *(
                    _Residual(widths[level], options.batch_norm, options.leak)
                    for _ in range(options.blocks[level])
                )
            )

        upper = range(len(widths) - 1)
        self.unshuffle = nn.PixelUnshuffle(square)
        self.head = nn.Conv2d(inputs, widths[0], 3, padding=1)
        self.down = nn.ModuleList(blocks(level) for level in upper)
        self.shrink = nn.ModuleList(
            nn.Conv2d(widths[level], widths[level + 1], 2, stride=2) for level in upper
        )
        self.body = blocks(len(upper))
        self.grow = nn.ModuleList(
            upsample(widths[level + 1], widths[level]) for level in reversed(upper)
        )
        self.up = nn.ModuleList(blocks(level) for level in reversed(upper))
        self.tail = nn.Conv2d(widths[0], channels, 3, padding=1)
        self.shuffle = nn.PixelShuffle(square)
        if options.input_skip:
            start_at_zero(self.tail)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Give what is to be added to the images, or without an input skip the images.

        Args:
            images: (n, channels, height, width); height and width are multiples of the
                coarsest level's cell.
        """
        features = self.head(self.unshuffle(images))
        skips = []
        for down, shrink in zip(self.down, self.shrink, strict=True):
            features = down(features)
            skips.append(features)
            features = shrink(features)
        features = self.body(features)
        for finer, up in zip(self.grow, self.up, strict=True):
            features = up(finer(features) + skips.pop())
        outputs: torch.Tensor = self.shuffle(self.tail(features))
        return outputs


class _Residual(nn.Module):
    """Two convolutions whose output is added to their input."""

    def __init__(self, width: int, batch_norm: bool, leak: float) -> None:
        super().__init__()
        activation = nn.LeakyReLU(leak) if leak else nn.ReLU()
        first, last = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        if batch_norm:
            norms = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
            nn.init.zeros_(norms[1].weight)
            self.branch = nn.Sequential(first, norms[0], activation, last, norms[1])
        else:
            self.branch = nn.Sequential(first, activation, start_at_zero(last))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = features + self.branch(features)
        return added
