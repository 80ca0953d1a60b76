"""TIFF: stacks, ImageJ, OME, floats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.kind import Page, Picture, Samples
from denoising_autoencoder.pictures.reading import (
    Stamp,
    check_size,
    require_imagecodecs,
    shown,
)
from denoising_autoencoder.pictures.tiff_writing import Plane, write_planes

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

_DTYPES = ("uint8", "uint16", "float16", "float32", "float64")
_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE = 0, 1, 2, 3
_COMPRESSIONS = {
    1: "none",
    5: "LZW",
    8: "deflate",
    32946: "deflate",
    32773: "PackBits",
    34925: "LZMA",
    50000: "Zstandard",
}
_BY_IMAGECODECS = (5, 32773, 50000)
_MOST_COPIED = 2**29
"""Bytes of a page that is read. A larger one is mapped into memory: if another program
makes the file shorter meanwhile, the system ends this one without a word."""

_DNG_VERSION = 50706
_SUB_IFDS = 330
_LAYERS = 37724


@dataclass(frozen=True, kw_only=True)
class Tiff(Picture):
    """A TIFF file, kept open.

    Attributes:
        file: The opened file.
        planes: Where the pixels of each page are.
    """

    file: TiffFile
    planes: tuple[Plane, ...]

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def _read(self, index: int) -> Page:
        plane = self.planes[index]
        samples = _samples(self.path, plane)
        if not samples.dtype.isnative:
            samples = samples.astype(self.dtype)
        color = samples[..., : self.channels]
        return Page(color, samples[..., -1] if self.alpha else None)

    def _write(self, target: Path, pages: Iterator[Page]) -> None:
        write_planes(self.path, target, self.planes, pages)


def open_tiff(path: Path, stamp: Stamp, most_pixels: int) -> Tiff:
    """Read the tags of a TIFF file.

    Args:
        path: The file.
        stamp: Taken before.
        most_pixels: Limit of width times height of a page.

    Raises:
        PictureError: It is refused.
    """
    from tifffile import TiffFile

    # OME-XML may speak of pages in other files.
    file = TiffFile(path, is_ome=False)
    try:
        file.pages.useframes = False
        pages: list[Any] = list(file.pages)
        first = next((page for page in pages if not page.is_reduced), pages[0])
        check_size(path, first.imagewidth, first.imagelength, most_pixels)
        check_size(path, first.tilewidth or 1, first.tilelength or 1, most_pixels)
        _check_kind(path, first)
        planes = _planes(path, stamp, file, pages, first)
    except BaseException:
        file.close()
        raise
    channels = 3 if first.photometric == _RGB else 1
    return Tiff(
        path=path,
        stamp=stamp,
        width=first.imagewidth,
        height=first.imagelength,
        channels=channels,
        dtype=np.dtype(first.dtype),
        pages=len(planes),
        alpha=first.samplesperpixel > channels,
        losses=_losses(pages, planes),
        file=file,
        planes=planes,
    )


def _samples(path: Path, plane: Plane) -> Samples:
    """The samples of a plane, (height, width, samples)."""
    if plane.offset is None:
        found: Samples = plane.page.asarray().reshape(plane.shape)
    elif plane.bytes <= _MOST_COPIED:
        samples = plane.bytes // plane.dtype.itemsize
        found = np.fromfile(path, plane.dtype, samples, offset=plane.offset)
        found = found.reshape(plane.shape)
    else:
        found = np.memmap(path, plane.dtype, "r", plane.offset, plane.shape)
    return np.moveaxis(found, 0, -1) if plane.is_planar else found


def _check_kind(path: Path, page: TiffPage) -> None:
    reason = _refusal(page)
    if reason:
        raise PictureError(f"{shown(path)} is {reason}.")
    if page.compression in _BY_IMAGECODECS or page.predictor not in (1, 2):
        predictor = "" if page.predictor == 1 else " and a predictor"
        compression = f"{_COMPRESSIONS[page.compression]} compression"
        require_imagecodecs(path, f"a TIFF with {compression}{predictor}")


def _refusal(page: TiffPage) -> str | None:
    color = 3 if page.photometric == _RGB else 1
    if _DNG_VERSION in page.tags:
        return "a camera's raw file: develop it to a 16-bit TIFF and take that"
    if page.compression not in _COMPRESSIONS:
        name = getattr(page.compression, "name", page.compression)
        return (
            f"a TIFF with {name} compression, which is not written: save it without "
            "compression, or with LZW or deflate"
        )
    if page.dtype is None or page.dtype.name not in _DTYPES or page.bitspersample % 8:
        return (
            f"a TIFF with samples of {page.bitspersample} bits of the kind "
            f"{page.dtype}: save it with 8 or 16 bits without a sign, or as floats"
        )
    if page.photometric not in (_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB) and not (
        # ImageJ's palettes colour values of grey.
        page.photometric == _PALETTE and page.is_imagej
    ):
        name = getattr(page.photometric, "name", page.photometric)
        return f"a TIFF with colours of the kind {name}: save it as grey or RGB"
    if not color <= page.samplesperpixel <= color + 1:
        return (
            f"a TIFF with {page.samplesperpixel} channels in a pixel: save it as grey, "
            "as RGB or as a stack of grey pages"
        )
    if page.imagedepth != 1 or page.fillorder != 1:
        return "a TIFF of volumes or of reversed bits: save it as a stack of pages"
    return None


def _planes(
    path: Path, stamp: Stamp, file: TiffFile, pages: list[TiffPage], first: TiffPage
) -> tuple[Plane, ...]:
    planes = [Plane.of(page) for page in pages if _is_alike(page, first)]
    if len(pages) == 1:
        planes = _planes_of_one_page(path, file, planes[0])
    for plane in planes:
        if plane.offset is None:
            plane.tags()  # which writing needs
    last = max(plane.end for plane in planes)
    if last > stamp.size:
        raise ValueError(f"it has {stamp.size:,} bytes instead of {last:,}")
    return tuple(planes)


def _is_alike(page: TiffPage, first: TiffPage) -> bool:
    return _kind(page) == _kind(first)


def _kind(page: TiffPage) -> tuple[Any, ...]:
    return (
        *(page.imagewidth, page.imagelength, page.samplesperpixel, page.dtype),
        *(page.photometric, page.compression, page.predictor, page.is_reduced),
    )


def _planes_of_one_page(path: Path, file: TiffFile, plane: Plane) -> list[Plane]:
    """The planes that follow each other after one page's tags.

    ImageJ writes stacks of more than 4 GB like that.
    """
    series = file.series[0]
    count = series.size // int(np.prod(plane.shape))
    if count <= 1:
        return [plane]
    if series.dataoffset is None or plane.offset is None:
        raise PictureError(
            f"{shown(path)} is a TIFF whose {count} planes share one page: save it as "
            "a stack of pages."
        )
    return [plane.after(index) for index in range(count)]


def _losses(pages: list[TiffPage], planes: tuple[Plane, ...]) -> tuple[str, ...]:
    losses = []
    if len(planes) < len(pages) > 1:
        losses.append(
            f"{len(pages) - len(planes)} of its {len(pages)} pages are of another size "
            "or kind than the first: they are copied as they are."
        )
    if any(_SUB_IFDS in page.tags for page in pages):
        losses.append(
            "Smaller or further pictures within a page are copied as they are."
        )
    if any(_LAYERS in page.tags for page in pages):
        losses.append("Photoshop's layers, which Photoshop shows, stay as they are.")
    if planes[0].page.samplesperpixel in (2, 4) and not any(
        value in (1, 2) for value in planes[0].page.extrasamples
    ):
        losses.append("Its last channel, which is not a colour, is copied as it is.")
    return tuple(losses)
