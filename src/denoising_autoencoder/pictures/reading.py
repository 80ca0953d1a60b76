"""Everything that can go wrong with a file, in one sentence."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from denoising_autoencoder.errors import PictureError, PictureTooLargeError

_INSTALL = "python -m pip install 'imagecodecs>=2025.3'"


@dataclass(frozen=True)
class Stamp:
    """What tells whether a file has changed: its size and its time of change."""

    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """The stamp of a file.

        Raises:
            OSError: There is no such file, or it cannot be read.
            PictureError: It is a folder, a pipe or a device.
        """
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PictureError(f"{shown(path)} is a folder, not a picture.")
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(f"{shown(path)} is a pipe or a device, not a picture.")
        return cls(status.st_size, status.st_mtime_ns)


def shown(path: Path | str) -> str:
    """A path as a sentence can hold it, on one line."""
    text = os.fspath(path)
    return text if text.isprintable() else repr(text)


def check_size(path: Path, width: int, height: int, most_pixels: int) -> None:
    """Refuse a picture that is empty or too large.

    Args:
        path: The file, for the message.
        width: Pixels in a row.
        height: Rows.
        most_pixels: The largest product of both.

    Raises:
        PictureError: It has no pixels.
        PictureTooLargeError: It has more than the limit.
    """
    if not width or not height:
        raise PictureError(f"{shown(path)} has no pixels ({width} x {height}).")
    if width * height > most_pixels:
        raise PictureTooLargeError(
            f"{shown(path)} has {width:,} x {height:,} pixels, which is more than the "
            f"limit of {most_pixels / 1e6:g} megapixels that protects from files "
            "made to fill the memory: raise it with --most-megapixels if you trust the "
            "file."
        )


def require_imagecodecs(path: Path, what: str) -> None:
    """Check that imagecodecs, the extra `pictures`, is installed.

    Args:
        path: The file.
        what: Its kind, as in "a 16-bit PNG".

    Raises:
        PictureError: It is not.
    """
    try:
        import imagecodecs  # noqa: F401
    except ImportError:
        raise PictureError(
            f"{shown(path)} is {what}, which needs the package imagecodecs: install it "
            f"with: {_INSTALL}"
        ) from None


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what reading a file raises into a sentence.

    Decoders meet bytes that nobody foresaw and raise errors of any class, so all are
    caught; an error of this project passes through.

    Args:
        path: The file that is read in the block.

    Raises:
        PictureError: Anything went wrong.
    """
    try:
        yield
    except PictureError:
        raise
    except MemoryError:
        raise PictureError(
            f"{shown(path)} does not fit into the memory: cut it into parts, or use "
            "a machine with more memory."
        ) from None
    except OSError as error:
        if error.errno is None:
            raise _damaged(path, error) from error
        raise PictureError(
            f"{shown(path)} cannot be read ({error.strerror}): check its name and its "
            "permissions."
        ) from error
    except Exception as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> PictureError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return PictureError(
        f"{shown(path)} is damaged or incomplete ({reason[:200]}): copy or save it "
        "again."
    )
