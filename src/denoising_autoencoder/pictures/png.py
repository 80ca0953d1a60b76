"""PNG of 8 bits by Pillow, and of 16 bits, which Pillow reads as 8, by imagecodecs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar, cast

import numpy as np

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.bands import interleaved
from denoising_autoencoder.pictures.formats import Format
from denoising_autoencoder.pictures.kind import Page, Picture
from denoising_autoencoder.pictures.pillow import PillowPicture, opened, read_fields
from denoising_autoencoder.pictures.png_chunks import PngHeader, read_header
from denoising_autoencoder.pictures.reading import (
    Stamp,
    check_size,
    require_imagecodecs,
    shown,
)
from denoising_autoencoder.pictures.splicing import Spliced

if TYPE_CHECKING:
    from PIL import Image


_COMPRESSION = 4
"""Level of zlib: half the time of its usual 6, for files that are 0.5 % larger. With 3
photographs would be 12 % larger."""


@dataclass(frozen=True, kw_only=True)
class Png(PillowPicture):
    """A PNG file of at most 8 bits.

    Attributes:
        header: What is in the file besides the pixels.
    """

    format: ClassVar[Format] = "PNG"
    header: PngHeader

    def _encode(self, image: Image.Image, file: BinaryIO) -> None:
        spliced = cast("BinaryIO", Spliced(file, self.header.splice()))
        image.save(spliced, "PNG", compress_level=_COMPRESSION)


@dataclass(frozen=True, kw_only=True)
class Png16(Picture):
    """A PNG file of 16 bits.

    Attributes:
        header: What is in the file besides the pixels.
    """

    header: PngHeader

    def _read(self, index: int) -> Page:
        import imagecodecs

        if index:
            raise IndexError(index)
        pixels = imagecodecs.png_decode(self.path.read_bytes())
        pixels = pixels.reshape(self.height, self.width, -1)
        alpha = pixels[..., -1] if self.alpha else None
        return Page(pixels[..., : self.channels], alpha)

    def _write(self, target: Path, pages: Iterator[Page]) -> None:
        import imagecodecs

        (page,) = pages
        pixels = interleaved(page, slice(None))
        pixels = pixels[..., 0] if pixels.shape[2] == 1 else pixels
        with target.open("wb") as file:
            spliced = Spliced(file, self.header.splice())
            spliced.write(bytes(imagecodecs.png_encode(pixels)))


def open_png(path: Path, stamp: Stamp, most_pixels: int) -> Png | Png16:
    """Read the header of a PNG file.

    Args:
        path: The file.
        stamp: Taken before.
        most_pixels: Limit of width times height.

    Raises:
        PictureError: It is refused.
    """
    header = read_header(path)
    check_size(path, header.width, header.height, most_pixels)
    if header.bit_depth == 16:
        return _open_16_bit(path, stamp, header)
    with opened(path, "PNG") as image:
        fields = read_fields(path, stamp, image, most_pixels)
    return Png(
        **fields,
        header=header,
        losses=header.losses(),
    )


def _open_16_bit(path: Path, stamp: Stamp, header: PngHeader) -> Png16:
    require_imagecodecs(path, "a 16-bit PNG")
    if header.has(b"acTL"):
        raise PictureError(
            f"{shown(path)} is animated: save the pictures one by one, and take those."
        )
    return Png16(
        path=path,
        stamp=stamp,
        width=header.width,
        height=header.height,
        channels=1 if header.color_type in (0, 4) else 3,
        dtype=np.dtype(np.uint16),
        alpha=header.color_type in (4, 6) or header.has(b"tRNS"),
        losses=header.losses(),
        header=header,
    )
