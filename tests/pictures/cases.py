"""What the tests of pictures share: small files, and a copy of a file by the seam."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from denoising_autoencoder.pictures.picture import Page, open_picture, write_picture

LIMIT = 10**6

PROFILE = b"\0\0\0\x90ADBE" + bytes(range(200))
"""Stands for an ICC profile: nobody looks into it."""


def pixels(*shape: int, dtype: str = "uint8") -> NDArray:
    """Random pixels over the whole range of an integer dtype, or in [0, 1]."""
    rng = np.random.default_rng(5)
    if np.dtype(dtype).kind == "f":
        return rng.random(shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def exif(orientation: int = 6) -> bytes:
    """EXIF with an orientation and a name of a camera."""
    made = Image.Exif()
    made[0x0112], made[0x0110] = orientation, "camera"
    return made.tobytes()


def read(path: Path) -> list[Page]:
    """All pages of a file."""
    with open_picture(path, LIMIT) as picture:
        return [picture.read_page(index) for index in range(picture.pages)]


def copied(path: Path, *, mirrored: bool = False) -> Path:
    """A file written from the pages of another, or from its pages upside down."""
    target = path.with_name(f"copy_{path.name}")
    with open_picture(path, LIMIT) as picture:
        pages = (picture.read_page(index) for index in range(picture.pages))
        if mirrored:
            pages = (
                Page(page.color[::-1], None if page.alpha is None else page.alpha[::-1])
                for page in pages
            )
        write_picture(target, picture, pages)
    return target


def samples(page: Page) -> NDArray:
    """Colour and alpha, (height, width, channels)."""
    if page.alpha is None:
        return np.asarray(page.color)
    return np.concatenate([page.color, page.alpha[..., None]], axis=2)


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def png(
    header: tuple[int, int, int, int, int], rows: bytes, extra: bytes = b""
) -> bytes:
    """A PNG file of width, height, bit depth, color type, interlacing and raw rows."""
    width, height, depth, color_type, interlaced = header
    start = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", start)
        + extra
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
