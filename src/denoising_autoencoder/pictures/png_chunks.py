"""The chunks of a PNG file (its specification, third edition, section 5)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from denoising_autoencoder.pictures.reading import shown
from denoising_autoencoder.pictures.splicing import Splice

_SIGNATURE = 8
_HEADER_END = 33
_PIXELS = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_OF_COLOR_TYPE = {b"tRNS", b"bKGD", b"sBIT", b"hIST"}
"""Chunks whose content depends on the color type and the bit depth."""

_SIGNED = b"dSIG"

_INDEPENDENT = frozenset(
    (
        *(b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"sBIT"),
        *(b"bKGD", b"sPLT", b"hIST", b"pHYs", b"tIME", b"tEXt", b"zTXt", b"iTXt"),
        *(b"tRNS", b"pCAL", b"sCAL", b"sTER"),
    )
)
"""Known chunks that hold for other pixels too, whatever their fourth letter says."""


@dataclass(frozen=True)
class PngHeader:
    """What a PNG says of itself.

    Attributes:
        width: Pixels in a row.
        height: Rows.
        bit_depth: Bits of a sample, or of an index into the palette.
        color_type: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA.
        interlaced: Whether its rows are in Adam7's order.
        metadata: All chunks but the pixels and the palette, as they are in the file.
    """

    width: int
    height: int
    bit_depth: int
    color_type: int
    interlaced: bool
    metadata: tuple[tuple[bytes, bytes], ...]

    def has(self, name: bytes) -> bool:
        """Whether there is a chunk of this name."""
        return any(name == other for other, _ in self.metadata)

    @property
    def changes_kind(self) -> bool:
        """Whether a written copy has another color type or bit depth."""
        return self.color_type == 3 or self.bit_depth < 8 or self.has(b"tRNS")

    def splice(self) -> Splice:
        """What puts the metadata between a new header and the pixels.

        Chunks that stood behind the pixels may stand before them as well.
        """
        left_out = {_SIGNED, *self._dependent()}
        if self.changes_kind:
            left_out |= _OF_COLOR_TYPE
        kept = b"".join(raw for name, raw in self.metadata if name not in left_out)

        def splice(start: bytes) -> bytes | None:
            if len(start) < _HEADER_END:
                return None
            return start[:_HEADER_END] + kept + start[_HEADER_END:]

        return splice

    def _dependent(self) -> list[bytes]:
        """Unknown chunks that may not be copied to other pixels, sorted.

        Their fourth letter is upper case (section 5.4 of the specification).
        """
        names = {name for name, _ in self.metadata if name[3:].isupper()}
        return sorted(names - _INDEPENDENT - {_SIGNED})

    def losses(self) -> tuple[str, ...]:
        """What the copy of such a file cannot keep."""
        found = {
            "Its palette becomes plain colours.": self.color_type == 3,
            "Its samples become 8 bits deep.": self.bit_depth < 8
            and self.color_type != 3,
            "Its transparent colour becomes an alpha channel.": self.color_type != 3
            and self.has(b"tRNS"),
            "Its rows are no longer interlaced.": self.interlaced,
            "Its digital signature, which no longer fits, is left out.": self.has(
                _SIGNED
            ),
        }
        dependent = self._dependent()
        if dependent:
            names = ", ".join(shown(name.decode("latin-1")) for name in dependent)
            found[f"Data that belong to the old pixels are left out: {names}."] = True
        return tuple(sentence for sentence, is_so in found.items() if is_so)


def read_header(path: Path) -> PngHeader:
    """Read everything but the pixels.

    Args:
        path: A PNG file.

    Raises:
        OSError: The file cannot be read.
        ValueError: It ends too early.
    """
    metadata = []
    with path.open("rb") as file:
        start = file.read(_HEADER_END)
        width, height, depth, color_type, *_, interlaced = struct.unpack(
            ">IIBBBBB", start[16:29]
        )
        file.seek(_SIGNATURE)
        while True:
            head = file.read(8)
            if len(head) < 8:
                raise ValueError("it ends before its last chunk")
            length, name = struct.unpack(">I4s", head)
            if name == b"IEND":
                break
            if name in _PIXELS:
                file.seek(length + 4, 1)
                continue
            rest = file.read(length + 4)
            if len(rest) < length + 4:
                raise ValueError("it ends within a chunk")
            metadata.append((name, head + rest))
    return PngHeader(width, height, depth, color_type, bool(interlaced), (*metadata,))
