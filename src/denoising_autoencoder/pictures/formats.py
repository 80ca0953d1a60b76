"""Which format a file has, by its first bytes; the formats that are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.reading import reading, shown

Format = Literal["PNG", "JPEG", "TIFF", "WEBP", "BMP"]

SUFFIXES: tuple[str, ...] = (
    ".png",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".tif",
    ".tiff",
    ".webp",
    ".bmp",
)
"""The ends of names, in lower case, that a folder is searched for."""

_BEGINNINGS: dict[bytes, Format] = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}

_CAMERA_RAW = (
    "a camera's raw file, which holds no finished picture: develop it to a 16-bit TIFF "
    "(with darktable or RawTherapee, for example) and take that"
)
_SAVE_AS = "save it as a PNG or TIFF and take that"
_OTHER = f"{{}} picture, which is not read: {_SAVE_AS}"

_REFUSED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", f"a GIF, of 256 colours and perhaps animated: {_SAVE_AS}"),
    (4, b"ftypcrx ", _CAMERA_RAW),
    (4, b"ftypavi", _OTHER.format("an AVIF")),
    (4, b"ftyphe", _OTHER.format("a HEIC")),
    (4, b"ftypmif1", _OTHER.format("a HEIC or AVIF")),
    (4, b"ftypmsf1", _OTHER.format("a HEIC")),
    (8, b"CR\x02", _CAMERA_RAW),
    (0, b"FUJIFILMCCD-RAW", _CAMERA_RAW),
    (0, b"FOVb", _CAMERA_RAW),
    (0, b"\0MRM", _CAMERA_RAW),
    (0, b"IIRO", _CAMERA_RAW),
    (0, b"IIU\0", _CAMERA_RAW),
    (0, b"\0\0\0\x0cjP", _OTHER.format("a JPEG 2000")),
    (0, b"\xff\x0a", _OTHER.format("a JPEG XL")),
    (0, b"\0\0\0\x0cJXL", _OTHER.format("a JPEG XL")),
    (0, b"8BPS", f"a Photoshop file, with layers: {_SAVE_AS}"),
    (0, b"\x89HDF", "an HDF5 file: save its pictures as a TIFF stack and take that"),
    (0, b"SIMPLE  =", f"a FITS file, which is not read: {_SAVE_AS}"),
    (0, b"v/1\x01", "an OpenEXR picture, which is not read: save it as a float TIFF"),
)
"""Offset, bytes there, what the file is."""

_RAW_SUFFIXES = re.compile(
    r"\.(3fr|arw|cr2|cr3|crw|dcr|dng|erf|iiq|kdc|mef|mos|mrw|nef|nrw|orf|pef|raf|raw|"
    r"rw2|rwl|sr2|srf|srw|x3f)",
    re.IGNORECASE,
)
"""Most of these are TIFF files, whose first picture is a preview."""


def find_format(path: Path) -> Format:
    """The format of a file, whatever its name ends in.

    Args:
        path: The file.

    Raises:
        PictureError: The file cannot be read, is empty, or is of another format; the
            sentence says what to do.
    """
    with reading(path), path.open("rb") as file:
        start = file.read(32)
    if not start:
        raise PictureError(f"{shown(path)} is empty: copy or save it again.")
    if _RAW_SUFFIXES.fullmatch(path.suffix):
        raise PictureError(f"{shown(path)} is {_CAMERA_RAW}.")
    for offset, piece, what in _REFUSED:
        if start[offset : offset + len(piece)] == piece:
            raise PictureError(f"{shown(path)} is {what}.")
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    for beginning, known in _BEGINNINGS.items():
        if start.startswith(beginning):
            return known
    raise PictureError(
        f"{shown(path)} is not a picture that is read: PNG, JPEG, TIFF, WebP and BMP "
        "are."
    )
