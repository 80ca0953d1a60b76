"""JPEG: written again with the quantization and the subsampling of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar, cast

from denoising_autoencoder.pictures.formats import Format
from denoising_autoencoder.pictures.jpeg_segments import read_metadata, splice
from denoising_autoencoder.pictures.pillow import PillowPicture, opened, read_fields
from denoising_autoencoder.pictures.reading import Stamp
from denoising_autoencoder.pictures.splicing import Spliced

if TYPE_CHECKING:
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile

_FULL = 0
"""Pillow's number of a subsampling that keeps all of the colours."""


@dataclass(frozen=True, kw_only=True)
class Jpeg(PillowPicture):
    """A JPEG file.

    Attributes:
        tables: A quantization table for each component; components that follow take
            the last one.
        subsampling: Pillow's number; -1 for grey.
        progressive: Whether it is refined scan by scan.
        stored_as_rgb: Whether its components are red, green and blue, not YCbCr.
        metadata: Segments of applications, and comments.
    """

    format: ClassVar[Format] = "JPEG"
    tables: tuple[Sequence[int], ...]
    subsampling: int
    progressive: bool
    stored_as_rgb: bool
    metadata: tuple[bytes, ...]

    def _encode(self, image: Image.Image, file: BinaryIO) -> None:
        image.save(
            cast("BinaryIO", Spliced(file, splice(self.metadata))),
            "JPEG",
            qtables=self.tables,
            subsampling=self.subsampling,
            progressive=self.progressive,
            keep_rgb=self.stored_as_rgb,
        )


def open_jpeg(path: Path, stamp: Stamp, most_pixels: int) -> Jpeg:
    """Read the header of a JPEG file.

    Args:
        path: The file.
        stamp: Taken before.
        most_pixels: Limit of width times height.

    Raises:
        PictureError: It is refused.
    """
    with opened(path, "JPEG") as opened_image:
        image = cast("JpegImageFile", opened_image)
        fields = read_fields(path, stamp, image, most_pixels)
        metadata, losses = read_metadata(path)
        subsampling, unusual = _subsampling(image)
        return Jpeg(
            **fields,
            tables=_tables(image),
            subsampling=subsampling,
            progressive=bool(image.info.get("progressive")),
            stored_as_rgb=_is_stored_as_rgb(image),
            metadata=metadata,
            losses=losses + unusual,
        )


def _tables(image: JpegImageFile) -> tuple[Sequence[int], ...]:
    numbers = [layer[3] for layer in image.layer]
    while len(numbers) > 1 and numbers[-1] == numbers[-2]:
        numbers.pop()
    return tuple(image.quantization[number] for number in numbers)


def _subsampling(image: JpegImageFile) -> tuple[int, tuple[str, ...]]:
    from PIL.JpegImagePlugin import get_sampling

    found = get_sampling(image)
    if image.layers == 1 or found >= 0:
        return found, ()
    return _FULL, (
        "Its unusual chroma subsampling is not written: all of the colours are kept.",
    )


def _is_stored_as_rgb(image: JpegImageFile) -> bool:
    # As libjpeg decides it: JFIF, then Adobe's marker, then the components' names.
    if image.layers != 3 or "jfif" in image.info:
        return False
    if "adobe" in image.info:
        return image.info.get("adobe_transform") == 0
    return bytes(layer[0] for layer in image.layer) == b"RGB"
