"""BMP: the file with its pixels exchanged, or a plain one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

import numpy as np

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.formats import Format
from denoising_autoencoder.pictures.kind import Page
from denoising_autoencoder.pictures.pillow import PillowPicture, opened, read_fields
from denoising_autoencoder.pictures.reading import Stamp, shown

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

_PLAIN = {"L", "BGR", "BGRX", "BGRA"}
"""Pillow's names of the orders of bytes in which a pixel has whole bytes."""


@dataclass(frozen=True, kw_only=True)
class Bmp(PillowPicture):
    """A BMP file.

    Attributes:
        start: Where the pixels begin.
        layout: Order of the bytes, bytes of a row, and direction, as Pillow says it;
            None if the pixels are written anew.
        dpi: Pixels per inch, if the file says so.
    """

    format: ClassVar[Format] = "BMP"
    start: int
    layout: tuple[Any, ...] | None
    dpi: tuple[float, float] | None

    def _write(self, target: Path, pages: Iterator[Page]) -> None:
        if self.layout is None:
            super()._write(target, pages)
            return
        (page,) = pages
        order, row_bytes, direction = self.layout
        shutil.copyfile(self.path, target)
        pixels = np.ndarray(
            (self.height, self.width, len(order)),
            np.uint8,
            np.memmap(target, np.uint8, "r+"),
            self.start,
            (row_bytes, len(order), 1),
        )
        # The fourth byte, alpha or nothing, is in the copy already.
        pixels[::direction, :, : self.channels] = page.color[..., ::-1]

    def _encode(self, image: Image.Image, file: BinaryIO) -> None:
        image.save(file, "BMP", **({"dpi": self.dpi} if self.dpi else {}))


def open_bmp(path: Path, stamp: Stamp, most_pixels: int) -> Bmp:
    """Read the header of a BMP file.

    Args:
        path: The file.
        stamp: Taken before.
        most_pixels: Limit of width times height.

    Raises:
        PictureError: It is refused.
    """
    with opened(path, "BMP") as image:
        fields = read_fields(path, stamp, image, most_pixels)
        codec, _, start, layout = cast("ImageFile", image).tile[0]
        assert isinstance(layout, tuple)
        if layout[0] not in _PLAIN and image.mode == "RGBA":
            raise PictureError(
                f"{shown(path)} is a BMP with alpha in an unusual order: save it as a "
                "PNG and take that."
            )
        keeps = codec == "raw" and layout[0] in _PLAIN and image.mode == fields["mode"]
        return Bmp(
            **fields,
            start=start,
            layout=layout if keeps else None,
            dpi=image.info.get("dpi"),
            losses=() if keeps else ("Its palette or packing becomes plain 8 bits.",),
        )
