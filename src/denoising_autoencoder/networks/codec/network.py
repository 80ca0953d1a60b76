"""An autoencoder with a small code: a linear code, and networks around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.evaluation.pca import fit_pca
from denoising_autoencoder.networks.codec.options import Options
from denoising_autoencoder.networks.from_images import FromImages
from denoising_autoencoder.networks.input_skip import InputSkip
from denoising_autoencoder.networks.resunet.network import UNet
from denoising_autoencoder.networks.resunet.options import Options as UNetOptions


def build(options: Options) -> nn.Module:
    """An autoencoder whose code has some numbers, and nothing goes past them.

    Its linear maps to the code and back are those of PCA and are not trained. Before
    the code a residual U-Net changes the image so that the code says more, and after it
    another adds what a linear map cannot know, such as sharp edges. Both begin as the
    identity, so the untrained autoencoder is PCA. The linear maps stay as they are,
    because they have more weights than there are training images: trained, they learn
    these by heart.

    Args:
        options: Size of the images and of the code, widths and blocks of the U-Nets.

    Returns:
        A module from (n, channels, height, width) in [-1, 1] to the same shape; in
        evaluation mode to the same range. `encode` and `decode` are its halves.
    """
    return Codec(options)


_RATE = 0.5
"""Length of a step in units of the gradient of half the squared error. With the linear
decoder of PCA, 1 would reach the best code in one step; the network after it makes the
error steeper. A step that fails is halved."""


class Codec(FromImages):
    """Encoder and decoder. Saved models name its weights by these attributes."""

    mean: torch.Tensor
    basis: torch.Tensor

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._steps = options.refine
        self.shape = (options.channels, options.height, options.width)
        values = options.channels * options.height * options.width
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("basis", torch.zeros(options.code, values))
        self.encoder = None
        if options.encoder_widths:
            self.encoder = _unet(
                options, options.encoder_widths, options.encoder_blocks
            )
        self.decoder = _unet(options, options.widths, options.blocks)

    def begin_with(self, images: npt.NDArray[np.floating[Any]]) -> None:
        """Take the linear maps from the PCA of training images and their mirror images.

        Args:
            images: (n, height, width, channels), in [-1, 1]; more images than numbers
                in a code.
        """
        pca = fit_pca(images, len(self.basis))
        channels, height, width = self.shape
        rows = torch.cat([pca.mean[None], pca.components])
        rows = rows.view(-1, height, width, channels).permute(0, 3, 1, 2).flatten(1)
        self.mean.copy_(rows[0])
        self.basis.copy_(rows[1:])

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Turn images into codes.

        Args:
            images: float32, (n, channels, height, width), in [-1, 1].

        Returns:
            (n, numbers), float32. In evaluation mode the codes are refined, and every
            number is one that float16 has, so that two bytes hold it.

        Raises:
            ProjectError: The images have another size than those of the training.
        """
        if images.shape[1:] != self.shape:
            expected, found = map(_size, (self.shape, images.shape[1:]))
            raise ProjectError(
                f"The model encodes images of {expected}, but these have {found}: cut "
                "or resize them, or train a model on images of their size."
            )
        seen = self.encoder.unclamped(images) if self.encoder else images
        # bfloat16 has too few digits for a sum over all pixels.
        with torch.autocast(images.device.type, enabled=False):
            codes = (seen.float().flatten(1) - self.mean) @ self.basis.T
        if self.training:
            return codes
        return self._refine(codes, images).half().float()

    def _refine(self, codes: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """Take the steps of gradient descent on each image's error; none gets worse.

        An encoder errs (the amortization gap: Cremer, Li and Duvenaud 2018, "Inference
        Suboptimality in Variational Autoencoders"), and the decoder can tell where.
        """
        # The caller may have switched gradients off.
        with torch.inference_mode(False), torch.enable_grad():
            images, tried = images.clone(), codes.clone()
            best, slope = tried, torch.zeros_like(tried)
            lowest = torch.full_like(tried[:, :1], torch.inf)
            rate = torch.full_like(lowest, _RATE)
            for _ in range(self._steps + 1 if self._steps else 0):
                tried = tried.detach().requires_grad_()
                errors = (self.decode(tried) - images).square().flatten(1)
                error = errors.sum(dim=1, keepdim=True)
                (gradient,) = torch.autograd.grad(error.sum() / 2, tried)
                better = error.detach() < lowest
                lowest = torch.where(better, error.detach(), lowest)
                best = torch.where(better, tried.detach(), best)
                slope = torch.where(better, gradient, slope)
                rate = torch.where(better, rate, rate / 2)
                tried = best - rate * slope
            return best

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Turn codes into images.

        Args:
            codes: float32, (n, numbers).

        Returns:
            (n, channels, height, width); in evaluation mode in [-1, 1].

        Raises:
            ProjectError: The codes have another size than those of the model.
        """
        if codes.shape[1] != len(self.basis):
            raise ProjectError(
                f"The model decodes codes of {len(self.basis)} numbers, but these have "
                f"{codes.shape[1]}: take those that it has made."
            )
        with torch.autocast(codes.device.type, enabled=False):
            images = codes @ self.basis + self.mean
        images = images.view(-1, *self.shape)
        outputs: torch.Tensor = self.decoder(
            images.contiguous(memory_format=torch.channels_last)
        )
        return outputs

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Encode and decode images."""
        return self.decode(self.encode(images))


def _size(shape: tuple[int, ...]) -> str:
    """(channels, height, width) in words."""
    channels, *size = shape
    return "x".join(map(str, [*size, channels]))


def _unet(
    options: Options, widths: tuple[int, ...], blocks: tuple[int, ...]
) -> InputSkip:
    inner = UNetOptions(channels=options.channels, widths=widths, blocks=blocks)
    return InputSkip(UNet(inner), 2 ** (len(widths) - 1))
