"""Pixels exchanged in a copy of a TIFF file.

Tags, axes, scales, profiles and whatever else there is stay as they are, since nothing
but the pixels is written. Compressed parts take the place of the old ones if they
fit, and go to the end of the file if they do not.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.bands import bands, interleaved
from denoising_autoencoder.pictures.kind import Page, Samples
from denoising_autoencoder.pictures.reading import shown

if TYPE_CHECKING:
    from tifffile import TiffPage, TiffTag

_PACK_BITS = 32773
_PLANAR = 2
_UNCHANGED = b"KNOWN_INCOMPATIBLE_EDITION=NO\n "


@dataclass(frozen=True)
class Plane:
    """Where the pixels of a page are.

    Attributes:
        page: Its tags.
        offset: Where they begin, if they lie in the file as in memory; None else.
        dtype: dtype in the byte order of the file.
        shape: (height, width, samples), or (samples, height, width) if planar.
        byte_order: "<" or ">".
        is_planar: Whether each channel is stored by itself.
    """

    page: TiffPage
    offset: int | None
    dtype: np.dtype[Any]
    shape: tuple[int, int, int]
    byte_order: str
    is_planar: bool

    @classmethod
    def of(cls, page: TiffPage) -> Self:
        """The plane that a page describes."""
        assert page.dtype is not None
        planar = page.planarconfig == _PLANAR and page.samplesperpixel > 1
        size = (page.imagelength, page.imagewidth)
        samples = page.samplesperpixel
        return cls(
            page,
            page.dataoffsets[0] if page.is_final else None,
            np.dtype(page.dtype).newbyteorder(page.parent.byteorder),
            (samples, *size) if planar else (*size, samples),
            page.parent.byteorder,
            planar,
        )

    @property
    def bytes(self) -> int:
        """Size of the pixels in memory."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    @property
    def end(self) -> int:
        """Where its data end in the file."""
        if self.offset is not None:
            return self.offset + self.bytes
        page = self.page
        return max(
            start + count
            for start, count in zip(page.dataoffsets, page.databytecounts, strict=True)
        )

    def tags(self) -> tuple[TiffTag, TiffTag]:
        """The tags that say where strips or tiles begin and how many bytes they have.

        Raises:
            ValueError: There are none, or too few.
        """
        tags = self.page.tags
        starts, counts = (
            tags.get(324) or tags.get(273),
            tags.get(325) or tags.get(279),
        )
        parts = int(np.prod(self.page.chunked))
        if starts is None or counts is None or len(self.page.dataoffsets) != parts:
            raise ValueError("the tags of its strips or tiles do not fit its size")
        if not starts.count == counts.count == parts:
            raise ValueError("its strips or tiles are not all there")
        return starts, counts

    def after(self, count: int) -> Self:
        """The plane that lies `count` planes behind this one."""
        assert self.offset is not None
        return replace(self, offset=self.offset + count * self.bytes)


def write_planes(
    source: Path, target: Path, planes: Sequence[Plane], pages: Iterator[Page]
) -> None:
    """Copy a file and exchange its pixels.

    Args:
        source: A TIFF file.
        target: New file.
        planes: Where the source has the pixels.
        pages: The new pixels, as many.

    Raises:
        OSError: The disk is full.
        PictureError: Compressed parts grew beyond what the file's tags can say.
    """
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        _mark_as_edited(file)
        taken: set[int] = set()
        for plane, page in zip(planes, pages, strict=True):
            if plane.offset is None:
                _write_segments(file, plane, page, taken)
            else:
                file.seek(plane.offset)
                for part in _rows(plane, page):
                    file.write(np.ascontiguousarray(part, plane.dtype).data)


def _mark_as_edited(file: BinaryIO) -> None:
    # GDAL's cloud-optimised files repeat the size of each tile beside it, and say at
    # their beginning whether another program has changed them since.
    start = file.read(512)
    position = start.find(_UNCHANGED)
    if position >= 0:
        file.seek(position)
        file.write(_UNCHANGED.replace(b"NO\n ", b"YES\n"))


def _rows(plane: Plane, page: Page) -> Iterator[Samples]:
    height, width, _ = page.color.shape
    if plane.is_planar:
        for channel in _channels(page):
            for rows in bands(width, height):
                yield channel[rows]
    else:
        for rows in bands(width, height):
            yield interleaved(page, rows)


def _channels(page: Page) -> list[Samples]:
    channels = [page.color[..., index] for index in range(page.color.shape[2])]
    return channels if page.alpha is None else [*channels, page.alpha]


def _write_segments(file: BinaryIO, plane: Plane, page: Page, taken: set[int]) -> None:
    """Write strips or tiles, and then the tags that say where they are.

    Args:
        file: The copy.
        plane: Where the source has them.
        page: The new pixels.
        taken: Old places that were written to. Some writers let equal parts share one.
    """
    offsets, counts = list(plane.page.dataoffsets), list(plane.page.databytecounts)
    for index, segment in enumerate(_segments(plane, page)):
        data = _encoded(plane, segment)
        if len(data) > counts[index] or offsets[index] in taken:
            offsets[index] = file.seek(0, os.SEEK_END)
        file.seek(offsets[index])
        file.write(data)
        taken.add(offsets[index])
        counts[index] = len(data)
    for tag, values in zip(plane.tags(), (offsets, counts), strict=True):
        try:
            _overwrite(file, plane.byte_order, tag, values)
        except struct.error:
            path = Path(plane.page.parent.filehandle.path)
            raise PictureError(
                f"{shown(path)} has tags that are too short for its new pixels: save "
                "it without compression, or as a BigTIFF."
            ) from None


def _segments(plane: Plane, page: Page) -> Iterator[Samples]:
    """Strips or tiles in the order of the file, (rows, columns, samples)."""
    tags, (height, width, _) = plane.page, page.color.shape
    if tags.is_tiled:
        rows, columns = tags.tilelength, tags.tilewidth
    else:
        rows, columns = min(tags.rowsperstrip, height), width
    layers = [channel[..., None] for channel in _channels(page)]
    for layer in layers if plane.is_planar else [None]:
        for top in range(0, height, rows):
            band = slice(top, min(top + rows, height))
            lines = interleaved(page, band) if layer is None else layer[band]
            for left in range(0, width, columns):
                block = lines[:, left : left + columns]
                if tags.is_tiled:
                    missing = (rows - block.shape[0], columns - block.shape[1])
                    block = np.pad(
                        block, ((0, missing[0]), (0, missing[1]), (0, 0)), "edge"
                    )
                yield block


def _encoded(plane: Plane, block: Samples) -> bytes:
    from tifffile import TIFF

    tags = plane.page
    data: Any = np.ascontiguousarray(block, plane.dtype)
    if tags.predictor != 1:
        data = TIFF.PREDICTORS[tags.predictor](data, axis=-2)
    if tags.compression == _PACK_BITS:
        return bytes(TIFF.COMPRESSORS[_PACK_BITS](data, axis=-2))
    return bytes(TIFF.COMPRESSORS[tags.compression](np.asarray(data).tobytes()))


def _overwrite(
    file: BinaryIO, byte_order: str, tag: TiffTag, values: Sequence[int]
) -> None:
    from tifffile import TIFF

    letter = TIFF.DATA_FORMATS[tag.dtype][-1]
    file.seek(tag.valueoffset)
    file.write(struct.pack(f"{byte_order}{len(values)}{letter}", *values))
