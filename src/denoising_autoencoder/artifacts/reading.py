"""Reading a file that may turn out to be anything."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def read_regular(path: Path, largest: int) -> bytes:
    """Read a whole file, but nothing that blocks, has no end or would fill the memory.

    Args:
        path: File to read; links are followed.
        largest: Largest number of bytes that such a file can have.

    Raises:
        OSError: The file cannot be read, or is a folder, a pipe or a device.
        ValueError: The file is larger.
    """
    # Before it is opened: to open a pipe waits for a writer.
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if status.st_size > largest:
        raise ValueError(f"{status.st_size} bytes, but at most {largest} are possible")
    with path.open("rb") as file:
        return file.read(status.st_size)
