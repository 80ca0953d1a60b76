"""A file whose beginning is exchanged while an encoder writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

Splice = Callable[[bytes], bytes | None]
"""From the first bytes of a file to what takes their place, or None if they do not
suffice yet."""


class Spliced:
    """What an encoder writes to, so that the source's metadata gets into the file.

    It has no descriptor, so Pillow writes through `write`, and a full disk is an
    OSError that says so.
    """

    def __init__(self, file: BinaryIO, splice: Splice) -> None:
        """Write into `file`, its beginning through `splice`."""
        self._file = file
        self._splice = splice
        self._start: bytes | None = b""

    def write(self, data: bytes) -> int:
        """Write bytes, or keep them until the beginning is complete."""
        count = len(data)
        if self._start is not None:
            self._start += data
            spliced = self._splice(self._start)
            if spliced is None:
                return count
            data, self._start = spliced, None
        self._file.write(data)
        return count
