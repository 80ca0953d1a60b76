"""Tiles of a picture that a denoiser turns into the same pixels as the whole picture.

Tiles overlap by a halo, whose outputs are thrown away. At the picture's border the halo
is cut, not padded, so that a network sees the same border there. Tiles begin where the
network's own cells begin: at a multiple of its strides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from denoising_autoencoder.compute.threads import one_core_an_operation
from denoising_autoencoder.denoisers.contract import Denoiser
from denoising_autoencoder.errors import ProjectError

_SIDES = (192, 384, 768, 1536, 3072)
"""Lengths of the test images, each tried if the one before was too short."""

_NARROW = 24
"""Width of the test images: at least the smallest side of every network."""

_SIGMA = 0.2
"""Noise level, on the [-1, 1] scale, for denoisers that take one."""

_MULTIPLES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Sides of a cell that the networks' options allow, by strides and pixel-unshuffles."""


@dataclass(frozen=True)
class Reach:
    """What a tile needs so that its pixels become those of the whole picture.

    Attributes:
        halo: Pixels around a tile on which its outputs depend; a multiple of
            `multiple`.
        multiple: Side of the network's cells, in pixels: tiles begin at multiples.
    """

    halo: int
    multiple: int


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture, with and without its halo.

    Attributes:
        core: Rows and columns of the picture that the tile gives.
        seen: Rows and columns of the picture that the denoiser sees.
        inner: Rows and columns of the core within `seen`.
    """

    core: tuple[slice, slice]
    seen: tuple[slice, slice]
    inner: tuple[slice, slice]


def cut_tiles(height: int, width: int, side: int, reach: Reach) -> Iterator[Tile]:
    """Cover a picture with tiles of nearly equal size, row by row.

    Args:
        height: Height of the picture, in pixels.
        width: Width of the picture, in pixels.
        side: Largest side of a tile without its halo; at least one cell.
        reach: Halo and alignment.
    """
    for rows in _cut(height, side, reach):
        for columns in _cut(width, side, reach):
            core, seen, inner = zip(rows, columns, strict=True)
            yield Tile(core, seen, inner)


def _cut(length: int, most: int, reach: Reach) -> Iterator[tuple[slice, slice, slice]]:
    """Core, core with halo, and the core within that, along one axis."""
    cells = math.ceil(length / reach.multiple)
    tiles = math.ceil(cells / max(1, most // reach.multiple))
    side = math.ceil(cells / tiles) * reach.multiple
    for start in range(0, length, side):
        stop = min(start + side, length)
        first = max(start - reach.halo, 0)
        yield (
            slice(start, stop),
            slice(first, min(stop + reach.halo, length)),
            slice(start - first, stop - first),
        )


def find_reach(denoiser: Denoiser, channels: int) -> Reach:
    """Measure the halo and the alignment that tiles need.

    A row of NaN makes each output NaN that depends on it, also by way of zero weights
    and ReLUs. The cell's side is the smallest shift of the row that shifts these
    outputs as far. In bfloat16 the halo may be a cell wider than in float32: some
    kernels multiply a further pixel by zero.

    Args:
        denoiser: Denoiser whose operations pass NaN on, as PyTorch's do.
        channels: Channels of its images.

    Raises:
        ProjectError: Some outputs depend on the whole image, however large it is.
    """
    # PyTorch's threads would wait for one another after each small operation.
    with one_core_an_operation:
        along = [_reach_along(axis, denoiser, channels) for axis in (2, 3)]
    multiple = math.lcm(*(reach.multiple for reach in along))
    halo = max(reach.halo for reach in along)
    return Reach(_round_up(halo, multiple), multiple)


def _reach_along(axis: int, denoiser: Denoiser, channels: int) -> Reach:
    for side in _SIDES:
        middle = side // 2
        first, last = _affected(denoiser, channels, side, middle, axis)
        for multiple in _MULTIPLES:
            if middle % multiple or first == 0 or last + multiple >= side - 1:
                break
            shifted = _affected(denoiser, channels, side, middle + multiple, axis)
            if shifted == (first + multiple, last + multiple):
                # The cell's last row reaches as far down as any of its rows.
                end = middle + multiple - 1
                _, last = _affected(denoiser, channels, side, end, axis)
                halo = max(middle - first, last - end)
                return Reach(_round_up(halo, multiple), multiple)
    raise ProjectError(
        "This network takes whole pictures only, since each of its pixels depends on "
        "the whole picture: choose a model whose network has no global operation."
    )


def _affected(
    denoiser: Denoiser, channels: int, side: int, row: int, axis: int
) -> tuple[int, int]:
    """The first and the last row (or column) that depends on one of the input."""
    shape = [1, channels, _NARROW, _NARROW]
    shape[axis] = side
    images = torch.zeros(shape)
    images.select(axis, row).fill_(torch.nan)
    rows = denoiser(images, _SIGMA).isnan().transpose(axis, 0).flatten(1).any(dim=1)
    found = rows.nonzero()
    return int(found[0]), int(found[-1])


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
