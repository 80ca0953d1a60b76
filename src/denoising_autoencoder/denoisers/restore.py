"""Denoising a picture of any size, tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.compute.threads import one_core_an_operation
from denoising_autoencoder.denoisers.batches import as_network_input
from denoising_autoencoder.denoisers.contract import Denoiser
from denoising_autoencoder.denoisers.tiles import Reach, Tile, cut_tiles
from denoising_autoencoder.images import LEVEL

TILE = 384
"""Side of a tile without its halo, in pixels. On a CPU smaller ones spend up to twice
the time on their halo; larger ones are slower again, since they leave its cache, and
take hundreds of megabytes a thread."""


def _ignore(_: int) -> None:
    pass


def restore(
    denoiser: Denoiser,
    pixels: npt.NDArray[Any],
    value_range: tuple[float, float],
    sigma: float,
    strength: float,
    reach: Reach,
    *,
    blind: bool = False,
    tile: int = TILE,
    in_order: InOrder = map,
    done: Callable[[int], None] = _ignore,
) -> npt.NDArray[Any]:
    """Denoise a picture.

    Memory holds the result and a few tiles as floats, never the whole picture as
    floats. The bits depend neither on the number of threads nor, where `reach` is the
    denoiser's, on the tiles, to the rounding of float32.

    Args:
        denoiser: Denoiser for images of the picture's channels.
        pixels: (height, width, 1 or 3); uint8, uint16 or a float dtype, finite; may be
            memory-mapped. It is left as it is.
        value_range: Values that are black and white: -1 and 1 for the denoiser.
        sigma: Standard deviation of the noise, in levels of 255 of the value range.
        strength: 0 gives the input, bit for bit, 1 what the denoiser gives, a number
            between them a linear blend. With more (up to 2) the denoiser is given
            `strength` times the noise.
        reach: Halo and alignment of the tiles; see `find_reach`.
        blind: Whether the denoiser ignores the noise level. With a strength above 1
            the change that it makes is then multiplied, and clamped to the value range.
        tile: Largest side of a tile without its halo, in pixels.
        in_order: `map` over the tiles; `on_threads` gives one for several cores.
        done: Function that is given the number of pixels of each finished tile.

    Returns:
        New array of the input's shape and dtype. Integers are rounded and clamped to
        their dtype; floats are as the denoiser gives them.

    Raises:
        ValueError: The picture has not 1 or 3 channels, or the denoiser gives another
            shape than it got.
    """
    height, width, channels = pixels.shape
    if channels not in (1, 3):
        raise ValueError(f"{channels} channels instead of 1 or 3")
    if strength == 0 or value_range[0] == value_range[1]:
        done(height * width)
        return np.array(pixels)
    told = sigma * LEVEL * (1 if blind else max(1, strength))
    weight = strength if blind else min(1, strength)

    def denoise(part: Tile) -> tuple[Tile, npt.NDArray[Any]]:
        inputs = _to_network(pixels[part.seen], value_range)
        outputs = denoiser(inputs, told)
        if outputs.shape != inputs.shape:
            raise ValueError(f"{tuple(inputs.shape)} became {tuple(outputs.shape)}")
        if weight != 1:
            outputs = inputs + weight * (outputs - inputs)
        if weight > 1:
            outputs = outputs.clamp(-1, 1)
        core = outputs[0].permute(1, 2, 0)[part.inner]
        return part, _to_pixels(core, value_range, pixels.dtype)

    restored = np.empty(pixels.shape, pixels.dtype)
    with one_core_an_operation:
        for part, core in in_order(denoise, cut_tiles(height, width, tile, reach)):
            restored[part.core] = core
            done(core.shape[0] * core.shape[1])
    return restored


def _to_network(
    pixels: npt.NDArray[Any], value_range: tuple[float, float]
) -> torch.Tensor:
    """Map the value range to [-1, 1]: float32, (1, channels, height, width)."""
    low, high = value_range
    # float64 pixels keep their digits until they are small numbers.
    values = pixels.astype(np.result_type(pixels.dtype, np.float32))
    values -= low
    values *= 2 / (high - low)
    values -= 1
    return as_network_input(
        torch.from_numpy(values.astype(np.float32, copy=False))[None]
    )


def _to_pixels(
    images: torch.Tensor, value_range: tuple[float, float], dtype: np.dtype[Any]
) -> npt.NDArray[Any]:
    """Map [-1, 1] to the value range: (height, width, channels) of a dtype."""
    low, high = value_range
    values = images.cpu().numpy().astype(np.result_type(dtype, np.float32))
    values += 1
    values *= (high - low) / 2
    values += low
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        np.clip(np.rint(values, out=values), limits.min, limits.max, out=values)
    return values.astype(dtype)
