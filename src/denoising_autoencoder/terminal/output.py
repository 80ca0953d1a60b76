"""Standard output and standard error that no console and no reader can break.

A run is worth more than what it prints. So a character that the console cannot show
becomes one that it can, and output that cannot be written (to a full disk, or to a pipe
whose reader has ended) is lost without ending the run.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

_ASCII = {
    "·": "-",
    "±": "+/-",
    "–": "-",  # noqa: RUF001
    "…": "...",
    # Rich's bars and the lines of its tables.
    **dict.fromkeys("─━╸╺", "-"),
}
"""What stands for the characters that we print, where they cannot be shown."""

_IN_ASCII = "denoising_autoencoder.in_ascii"


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks: `±` by `+/-`, a letter by its escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    shown = (
        _ASCII.get(letter) or letter.encode("ascii", "backslashreplace").decode()
        for letter in lost
    )
    return "".join(shown), error.end


codecs.register_error(_IN_ASCII, _in_ascii)


@contextmanager
def unbreakable_output() -> Iterator[None]:
    """Make every print of the block succeed; say at its end what could not be written.

    Streams that are not this process's own, such as a notebook's, stay as they are.
    """
    before = sys.stdout, sys.stderr
    wrapped = [_unbreakable(stream) for stream in before]
    sys.stdout, sys.stderr = wrapped
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream, own in zip(wrapped, before, strict=True):
            stream.flush() if own else stream.close()
        error = _error_of(wrapped[0]) if wrapped[0] is not before[0] else None
        if error and sys.stderr:
            with suppress(OSError):
                sys.stderr.write(
                    f"Standard output cannot be written ({error.strerror}): what was "
                    "printed since is lost. Every saved file is complete.\n"
                )


def _unbreakable(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed by `>&-`
        return Path(os.devnull).open("w", encoding="utf-8")
    raw = _raw(stream)
    if raw is None or isinstance(raw, _Unbreakable):
        return stream
    with suppress(OSError):
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Unbreakable(raw)),
        encoding=stream.encoding,
        errors=_IN_ASCII,
        line_buffering=True,
    )


def _error_of(stream: TextIO) -> OSError | None:
    raw = _raw(stream)
    return raw.error if isinstance(raw, _Unbreakable) else None


def _raw(stream: TextIO) -> io.RawIOBase | None:
    """What writes the bytes of one of Python's own streams."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # the buffer itself under `python -u`
    return raw if isinstance(raw, io.RawIOBase) else None


class _Unbreakable(io.RawIOBase):
    """Passes bytes on, until that fails.

    Attributes:
        error: The first error.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def write(self, data: Any) -> int | None:
        if self.error is not None:
            return len(data)
        try:
            # A full pipe that does not block, as some parents leave it, takes nothing.
            while (written := self._raw.write(data)) is None:
                select.select([], [self._raw], [])
        except OSError as error:
            self.error = error
            return len(data)
        return written

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw.isatty()

    def fileno(self) -> int:
        return self._raw.fileno()
