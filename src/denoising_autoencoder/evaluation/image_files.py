"""JPEG and WebP files in memory, and how many of their bytes are pixels."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.images import UInt8Images

SUBSAMPLINGS = ("4:4:4", "4:2:0")
"""Colours of JPEG at full resolution, and at half of it in both directions."""

_START_OF_SCAN, _TABLES = 0xDA, {0xC4, 0xDB}
"""JPEG's markers (ITU-T T.81, table B.1): SOS, and DHT and DQT."""

_END_OF_IMAGE = 2
"""Bytes of JPEG's last marker."""

_VP8_HEADER = 10
"""Bytes before a key frame's first partition: tag, start code, size (RFC 6386, 9.1)."""


_Options = dict[str, Any]
"""Arguments of Pillow's `Image.save`."""


@dataclass(frozen=True)
class Compressed:
    """Images after a lossy compression, and the bits that each takes.

    Attributes:
        images: Decoded: uint8, (n, height, width, channels).
        bits: float64, (n,): what says how the pixels look.
        header_bits: float64, (n,): the rest of the file.
        table_bits: float64, (n,): the part of the header that is tables for the
            quantisation and the entropy coding.
    """

    images: UInt8Images
    bits: npt.NDArray[np.float64]
    header_bits: npt.NDArray[np.float64]
    table_bits: npt.NDArray[np.float64]


@dataclass(frozen=True)
class FileParts:
    """The bytes of a file.

    Attributes:
        payload: What says how the pixels look.
        tables: Tables of the header.
        headers: The rest of the file, with the tables.
    """

    payload: int
    tables: int
    headers: int


def compress_as_jpeg(images: UInt8Images, quality: int, subsampling: str) -> Compressed:
    """Compress each image to a baseline JPEG and back.

    The Huffman tables are the standard's examples. Tables made for the image would move
    bits from the payload to the header.

    Args:
        images: uint8, (n, height, width, 1 or 3).
        quality: 1 to 95, of libjpeg.
        subsampling: One of `SUBSAMPLINGS`; without meaning for grey images.
    """
    options: _Options = {
        "format": "JPEG",
        "quality": quality,
        "subsampling": subsampling,
    }
    return _compress(images, options, parts_of_jpeg)


def compress_as_webp(images: UInt8Images, quality: int) -> Compressed:
    """Compress each image to a lossy WebP and back.

    Args:
        images: uint8, (n, height, width, 1 or 3).
        quality: 0 to 100, of libwebp.
    """
    # 6 is the slowest and best search.
    options: _Options = {"format": "WEBP", "quality": quality, "method": 6}
    return _compress(images, options, parts_of_webp)


def parts_of_jpeg(file: bytes) -> FileParts:
    """Tell the entropy-coded scan of a JPEG from its headers.

    Args:
        file: A JPEG with a single scan.

    Raises:
        ValueError: The file is not a JPEG.
    """
    if file[:2] != b"\xff\xd8":
        raise ValueError("the file does not begin like a JPEG")
    start, tables = 2, 0
    while True:
        marker = file[start + 1]
        (length,) = struct.unpack_from(">H", file, start + 2)
        start += 2 + length
        if marker == _START_OF_SCAN:
            break
        if marker in _TABLES:
            tables += 2 + length
    payload = len(file) - start - _END_OF_IMAGE
    return FileParts(payload, tables, len(file) - payload)


def parts_of_webp(file: bytes) -> FileParts:
    """Tell the coded frame of a lossy WebP from its headers.

    Headers are those of RIFF and the bytes of VP8's frame header that are not entropy
    coded. Its further fields, such as the step of the quantiser and changes of the
    probabilities, are coded in one stream with the pixels and count as payload.

    Args:
        file: A lossy WebP.

    Raises:
        ValueError: The file is not a WebP with a lossy frame.
    """
    if file[:4] != b"RIFF" or file[8:12] != b"WEBP":
        raise ValueError("the file does not begin like a WebP")
    for name, size in _chunks(file):
        if name == b"VP8 ":
            payload = size - _VP8_HEADER
            return FileParts(payload, 0, len(file) - payload)
    raise ValueError("the WebP has no lossy frame")


def _chunks(file: bytes) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk of a RIFF file."""
    start = 12
    while start < len(file):
        name, size = struct.unpack_from("<4sI", file, start)
        yield name, size
        start += 8 + size + size % 2


def _compress(
    images: UInt8Images,
    options: _Options,
    parts_of: Callable[[bytes], FileParts],
) -> Compressed:
    from PIL import Image

    decoded = np.empty_like(images)
    parts = []
    for pixels, result in zip(images, decoded, strict=True):
        image = Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0])
        buffer = io.BytesIO()
        image.save(buffer, **options)
        parts.append(parts_of(buffer.getvalue()))
        with Image.open(buffer) as opened:
            result[:] = np.asarray(opened.convert(image.mode)).reshape(pixels.shape)
    return Compressed(
        decoded,
        _bits(part.payload for part in parts),
        _bits(part.headers for part in parts),
        _bits(part.tables for part in parts),
    )


def _bits(counts: Iterable[int]) -> npt.NDArray[np.float64]:
    return 8 * np.array(list(counts), np.float64)
