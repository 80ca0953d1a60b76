"""The segments of a JPEG file (ITU-T T.81, annex B)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from denoising_autoencoder.pictures.splicing import Splice

_START = b"\xff\xd8"
_SCAN = 0xDA
_COMMENT = 0xFE
_APP = range(0xE0, 0xF0)

_NOT_OF_THE_COPY: dict[tuple[int, bytes], str] = {
    (0xE2, b"MPF\0"): (
        "Further pictures in the file (a gain map, a preview, the other eye's) are "
        "left out."
    ),
    (0xEB, b"JP"): "Content credentials, whose signature no longer fits, are left out.",
}
"""Number and first bytes of segments that speak of the original file only."""


class IncompleteError(ValueError):
    """The bytes end before the picture's data begin."""


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments before the picture's data, and then the rest.

    Args:
        data: The beginning of a JPEG file, or the whole.

    Yields:
        A marker's second byte, and the bytes of the segment with its marker. The last
        one is the start of the first scan, with all that follows.

    Raises:
        IncompleteError: The bytes end before the first scan.
        ValueError: The bytes are not a JPEG file.
    """
    position = len(_START)
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise ValueError("a marker is missing")
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == _SCAN:
            yield marker, data[position:]
            return
        end = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
        if end > len(data):
            break
        yield marker, data[position:end]
        position = end
    raise IncompleteError("it ends before its pixels")


def read_metadata(path: Path) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """The metadata of a JPEG file: EXIF, ICC, XMP, IPTC, resolution, comments.

    Args:
        path: A JPEG file.

    Returns:
        The segments of applications and the comments, as they are in the file, and a
        sentence for each kind that is left out.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not a JPEG file.
    """
    kept, losses = [], []
    for marker, segment in segments(path.read_bytes()):
        if marker not in _APP and marker != _COMMENT:
            continue
        for (number, start), sentence in _NOT_OF_THE_COPY.items():
            if marker == number and segment[4:].startswith(start):
                losses.append(sentence)
                break
        else:
            kept.append(segment)
    if not _ends_with_picture(path) and not losses:
        losses.append("Data behind the picture (a film, for example) are left out.")
    return tuple(kept), tuple(dict.fromkeys(losses))


def _ends_with_picture(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 4096))
        return file.read().rstrip(b"\0").endswith(b"\xff\xd9")


def splice(metadata: tuple[bytes, ...]) -> Splice:
    """What exchanges the metadata of a new JPEG file for the source's.

    Args:
        metadata: Segments of the source.
    """

    def exchange(start: bytes) -> bytes | None:
        try:
            parts = list(segments(start))
        except IncompleteError:
            return None
        pixels = (
            part for number, part in parts if number not in _APP and number != _COMMENT
        )
        return b"".join([_START, *metadata, *pixels])

    return exchange
