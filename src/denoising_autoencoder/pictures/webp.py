"""WebP: lossless stays lossless."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from denoising_autoencoder.pictures.formats import Format
from denoising_autoencoder.pictures.pillow import PillowPicture, opened, read_fields
from denoising_autoencoder.pictures.reading import Stamp, check_size

if TYPE_CHECKING:
    from PIL import Image

_QUALITY = 95
"""Quality of a lossy file, of 100: a file does not say how it was compressed."""

_METADATA = ("icc_profile", "exif", "xmp")


@dataclass(frozen=True, kw_only=True)
class WebP(PillowPicture):
    """A WebP file.

    Attributes:
        lossless: Whether every pixel is kept.
        metadata: ICC profile, EXIF and XMP, as they are in the file.
    """

    format: ClassVar[Format] = "WEBP"
    lossless: bool
    metadata: dict[str, Any]

    def _encode(self, image: Image.Image, file: BinaryIO) -> None:
        image.save(
            file,
            "WEBP",
            lossless=self.lossless,
            quality=80 if self.lossless else _QUALITY,
            exact=True,  # the colours of transparent pixels too
            **self.metadata,
        )


def open_webp(path: Path, stamp: Stamp, most_pixels: int) -> WebP:
    """Read the header of a WebP file.

    Args:
        path: The file.
        stamp: Taken before.
        most_pixels: Limit of width times height.

    Raises:
        PictureError: It is refused.
    """
    with path.open("rb") as file:
        # Pillow's decoder makes room for the pixels as soon as it is opened.
        check_size(path, *_size(file.read(30)), most_pixels)
    with opened(path, "WEBP") as image:
        fields = read_fields(path, stamp, image, most_pixels)
        metadata = {key: image.info[key] for key in _METADATA if key in image.info}
    lossless = _is_lossless(path)
    loss = (
        f"It is compressed again at the quality {_QUALITY}, since a WebP file does not "
        "say its own."
    )
    return WebP(
        **fields,
        lossless=lossless,
        metadata=metadata,
        losses=() if lossless else (loss,),
    )


def _size(start: bytes) -> tuple[int, int]:
    """Width and height by the first 30 bytes (RFC 9649, sections 2.5 to 2.7)."""
    if start[12:16] == b"VP8X":
        wide, high = start[24:27], start[27:30]
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if start[12:16] == b"VP8L":
        bits = int.from_bytes(start[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", start[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _is_lossless(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", head)
            if name in (b"VP8L", b"VP8 "):
                return bool(name == b"VP8L")
            file.seek(length + length % 2, 1)
    return False
