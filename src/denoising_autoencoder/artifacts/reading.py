"""Reading a file that may turn out to be anything."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def read_regular(path: Path, largest: int) -> bytes:
    """Read a whole file, but nothing that waits, has no end or would fill the memory.

    Args:
        path: File to read; links are followed.
        largest: Largest number of bytes that such a file can have.

    Raises:
        OSError: The file cannot be read, or is a folder, a pipe or a device.
        ValueError: The file is larger.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest:
            raise ValueError(f"{size} bytes, but at most {largest} are possible")
        return file.read(size)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading.

    Raises:
        OSError: The file cannot be read, or is a folder, a pipe or a device.
    """
    # Before it is opened: to open a pipe waits for a writer.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    return path.open("rb")
