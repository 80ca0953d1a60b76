"""Denoising pictures of any size, tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

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
    """Denoise a picture; see `restore_all`."""
    (restored,) = restore_all(
        *(denoiser, [pixels], value_range, sigma, strength, reach),
        blind=blind,
        tile=tile,
        in_order=in_order,
        done=done,
    )
    return restored


def restore_all(
    denoiser: Denoiser,
    pictures: Iterable[npt.NDArray[Any]],
    value_range: tuple[float, float],
    sigma: float,
    strength: float,
    reach: Reach,
    *,
    blind: bool = False,
    tile: int = TILE,
    in_order: InOrder = map,
    done: Callable[[int], None] = _ignore,
) -> Iterator[npt.NDArray[Any]]:
    """Denoise pictures of one kind, such as the pages of a stack.

    Memory holds the result and a few tiles as floats, never a whole picture as floats.
    Tiles of several pictures are computed at the same time, so that small pictures keep
    all cores busy. The bits depend neither on the number of threads nor, where `reach`
    is the denoiser's, on the tiles, to the rounding of float32.

    Args:
        denoiser: Denoiser for images of the pictures' channels.
        pictures: Arrays (height, width, 1 or 3); uint8, uint16 or a float dtype,
            finite; may be memory-mapped. They are left as they are. A few are taken
            from the iterable before the result of an earlier one is there.
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

    Yields:
        New arrays of the inputs' shapes and dtypes. Integers are rounded and clamped to
        their dtype; floats are as the denoiser gives them.

    Raises:
        ValueError: A picture has not 1 or 3 channels, or the denoiser gives another
            shape than it got.
    """
    told = sigma * LEVEL * (1 if blind else max(1, strength))
    weight = strength if blind else min(1, strength)
    if strength == 0 or value_range[0] == value_range[1]:
        for pixels in pictures:
            done(pixels.shape[0] * pixels.shape[1])
            yield np.array(pixels)
        return

    def denoise(part: _Part) -> tuple[npt.NDArray[Any], Tile, npt.NDArray[Any]]:
        inputs = _to_network(part.pixels[part.tile.seen], value_range)
        outputs = denoiser(inputs, told)
        if outputs.shape != inputs.shape:
            raise ValueError(f"{tuple(inputs.shape)} became {tuple(outputs.shape)}")
        if weight != 1:
            outputs = inputs + weight * (outputs - inputs)
        if weight > 1:
            outputs = outputs.clamp(-1, 1)
        core = outputs[0].permute(1, 2, 0)[part.tile.inner]
        return (
            part.restored,
            part.tile,
            _to_pixels(core, value_range, part.pixels.dtype),
        )

    with one_core_an_operation:
        for restored, seen, core in in_order(denoise, _parts(pictures, tile, reach)):
            restored[seen.core] = core
            done(core.shape[0] * core.shape[1])
            if _is_last(seen, restored):
                yield restored


class _Part(NamedTuple):
    """A tile of a picture.

    Attributes:
        pixels: The picture.
        restored: Array for its result.
        tile: Rows and columns.
    """

    pixels: npt.NDArray[Any]
    restored: npt.NDArray[Any]
    tile: Tile


def _parts(
    pictures: Iterable[npt.NDArray[Any]], side: int, reach: Reach
) -> Iterator[_Part]:
    for pixels in pictures:
        height, width, channels = pixels.shape
        if channels not in (1, 3):
            raise ValueError(f"{channels} channels instead of 1 or 3")
        restored = np.empty(pixels.shape, pixels.dtype)
        for tile in cut_tiles(height, width, side, reach):
            yield _Part(pixels, restored, tile)


def _is_last(tile: Tile, restored: npt.NDArray[Any]) -> bool:
    ends = tuple(side.stop for side in tile.core)
    return ends == restored.shape[:2]


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
