"""The best linear denoiser of its size, learned from training images.

Each value of an image is the linear regression of the clean value on all noisy ones in
a square around it, which has the least squared error of all linear maps (Wiener 1949).
It is the same everywhere: a convolution. It is learned with the noise itself and not
with its variance only, so it knows what clamping does to the noise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import conv2d, pad, unfold

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.denoisers.batches import as_network_input
from denoising_autoencoder.denoisers.contract import Sigma
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import Float16Images
from denoising_autoencoder.noise.draw import TRAINING_STREAM, add_noise
from denoising_autoencoder.noise.kind import Noise

Maps = npt.NDArray[np.float32]
"""For each noise level an affine map, (levels, values + 1, channels): the noisy values
of a square (channels x side x side), and a 1, times the map are the clean pixel."""

_STRIDE = 3
"""Distance of the pixels of a training image that are learned from, in each direction.
Closer ones say hardly more."""

_MOST_PIXELS = 2**18
"""Number of pixels that are learned from, some hundred for each weight."""

_PIXELS_A_PART = 2**13
"""Number of pixels whose squares are in memory at once, on each core: 22 MB."""

_ENOUGH = 10_000
"""Number of images after which a kind of noise has had all its levels."""

_RIDGE = 1e-6
"""Part of the noisy values' mean square that is added to their squares, so that there
is a solution if some never change."""


def learn_wiener(
    images: Float16Images, noise: Noise, side: int, seed: int, in_order: InOrder = map
) -> Maps:
    """Learn the regression at each noise level at which images are judged.

    Args:
        images: Clean training images in [-1, 1], NHWC; so many of them, evenly spaced,
            as a quarter of a million pixels need.
        noise: Noise that is to be removed.
        side: Side of the square, in pixels; odd.
        seed: Seed of the noise.
        in_order: `map` over parts of the images; `on_threads` gives one for several
            cores.

    Returns:
        The maps, that of the weakest noise first.
    """
    pixels = len(images[0, ::_STRIDE, ::_STRIDE, 0].ravel())
    count = min(len(images), max(1, _MOST_PIXELS // pixels))
    chosen = images[np.linspace(0, len(images) - 1, count).astype(int)]
    size = max(1, _PIXELS_A_PART // pixels)
    maps = []
    for std in _levels(noise):
        noisy = add_noise(chosen, noise.at(std), seed, TRAINING_STREAM)
        maps.append(_regress(chosen, noisy, side, size, in_order))
    return np.stack(maps)


class WienerFilter:
    """A denoiser for images of any size."""

    def __init__(self, maps: Maps, noise: Noise) -> None:
        """Take what was learned.

        Args:
            maps: What `learn_wiener` gave.
            noise: The noise with which it was learned.
        """
        self._maps = torch.from_numpy(np.array(maps))
        self._levels = torch.from_numpy(_levels(noise))

    def __call__(
        self, images: torch.Tensor, sigma: Sigma | None = None
    ) -> torch.Tensor:
        """Denoise a batch; each image by the map of the level nearest to its sigma."""
        if sigma is None:
            raise ProjectError(
                "The Wiener filter needs the noise's standard deviation: give sigma."
            )
        stds = torch.as_tensor(sigma, dtype=torch.float64).expand(len(images)).cpu()
        nearest = (stds[:, None] - self._levels).abs().argmin(dim=1)
        denoised = torch.empty_like(images, memory_format=torch.contiguous_format)
        for which in nearest.unique():
            denoised[nearest == which] = _filter(
                images[nearest == which], self._maps[which].to(images.device)
            )
        return denoised.clamp_(-1, 1)


def _levels(noise: Noise) -> npt.NDArray[np.float64]:
    """The standard deviations at which images are judged, ascending."""
    return np.unique(noise.judged_stds(_ENOUGH))


def _regress(
    clean: Float16Images, noisy: Float16Images, side: int, size: int, in_order: InOrder
) -> Maps:
    """Solve the normal equations of the regression of clean pixels on noisy squares."""

    def products(part: slice) -> torch.Tensor:
        squares = unfold(_around(_batch(noisy[part]), side), side, stride=_STRIDE)
        inputs = squares.transpose(1, 2).flatten(0, 1)
        inputs = torch.cat([inputs, inputs.new_ones(len(inputs), 1)], dim=1)
        pixels = _batch(clean[part])[:, :, ::_STRIDE, ::_STRIDE]
        targets = pixels.permute(0, 2, 3, 1).flatten(0, 2)
        return (inputs.T @ torch.cat([inputs, targets], dim=1)).double()

    parts = [slice(start, start + size) for start in range(0, len(clean), size)]
    total = sum(in_order(products, parts), torch.tensor(0.0))
    inputs, both = total.split([len(total), clean.shape[-1]], dim=1)
    squared = inputs.diagonal()[:-1]
    squared += _RIDGE * squared.mean()
    solved: Maps = torch.linalg.solve(inputs, both).float().numpy()
    return solved


def _filter(images: torch.Tensor, affine: torch.Tensor) -> torch.Tensor:
    channels = images.shape[1]
    side = round(((len(affine) - 1) / channels) ** 0.5)
    weights = affine[:-1].T.reshape(channels, channels, side, side)
    return conv2d(_around(images, side), weights, affine[-1])


def _around(images: torch.Tensor, side: int) -> torch.Tensor:
    """Images with a border of what their outermost pixels are."""
    return pad(images, [side // 2] * 4, mode="replicate")


def _batch(images: Float16Images) -> torch.Tensor:
    return as_network_input(torch.from_numpy(images.astype(np.float32)))
