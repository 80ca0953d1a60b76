"""Files on the disk: written, hashed, shared between versions."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

Parts = Sequence[bytes | memoryview]
"""The bytes of a file in parts. A view is one of single bytes; its array must not
change until it is written, since the hash is taken before."""

_AT_ONCE = 2**20
"""Number of bytes that are compared at once."""

_LOST = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.ESTALE)
"""Errors of a flush after which the bytes are not on the disk, or not on the server."""


def write(path: Path, content: Iterable[bytes | memoryview]) -> None:
    """Write a file; parts may be computed as they are written.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    with path.open("wb") as file:
        for part in content:
            file.write(part)


def is_there(path: str) -> bool:
    """Whether a file exists.

    Args:
        path: Path as text: `Path` objects are slow for thousands of versions.

    Raises:
        OSError: It is unknown, since a folder may not be entered.
    """
    try:
        os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def sha256_of(content: Parts) -> str:
    """SHA-256 of the bytes that a file is to hold, hexadecimal."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk.

    Some file systems cannot do that, shared folders of virtual machines among them.
    What is written there is as safe as they make it.

    Raises:
        OSError: What was written is lost: the disk is full or defective.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in _LOST:
            raise


def make_read_only(path: Path) -> None:
    """Make a file read-only for everyone, if its file system has such modes.

    Other versions may share its bytes.
    """
    if os.name != "nt":  # Windows does not remove read-only files
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)


def share(path: Path, twin: Path, content: Parts) -> bool:
    """Make a file a hard link to its twin.

    Args:
        path: File to make; it is replaced if it exists.
        twin: File with the same content; it is only read.
        content: Bytes that the file is to hold.

    Returns:
        Whether it worked. It does not if the twin holds something else or is missing,
        or if the file system has no hard links.
    """
    linked = path.with_name(f"{path.name}.link")
    with suppress(OSError):
        try:
            # First, since it takes no time where there are no links.
            linked.hardlink_to(twin)
            # Bytes and not hashes, so that a damaged twin does not spread.
            if _holds(linked, content):
                linked.replace(path)
                return True
        finally:  # also of a link whose answer a shared folder has lost
            linked.unlink(missing_ok=True)
    return False


def _holds(path: Path, content: Parts) -> bool:
    if path.stat().st_size != sum(len(part) for part in content):
        return False
    with path.open("rb") as file:
        return all(
            # As bytes, since views are compared one item at a time.
            file.read(len(piece)) == bytes(piece)
            for part in content
            for start in range(0, len(part), _AT_ONCE)
            for piece in [part[start : start + _AT_ONCE]]
        )


def rename(source: Path, target: Path) -> None:
    """Rename a file or a folder with a name that nobody else uses.

    A file is replaced; a folder that is not empty is not.

    A shared folder may lose the answer to a rename and send it again, to be told that
    the source is gone: then it was renamed.

    Raises:
        OSError: It could not be renamed.
    """
    try:
        if source.is_dir():
            source.rename(target)
        else:
            source.replace(target)
    except OSError:
        if is_there(str(source)) or not is_there(str(target)):
            raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` that takes its place after the block.

    Args:
        path: File to write or replace; missing folders are made.

    Yields:
        The path at which the block writes the new file.

    Raises:
        OSError: The disk is full, or the folder cannot be written. The old file stays
            then, as it does if the block raises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex}")
    try:
        yield temporary
        flush(temporary)
        rename(temporary, path)
        flush(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Write or replace a file: whole, or not at all.

    Args:
        path: File to write; missing folders are made.
        content: Bytes of the file.

    Raises:
        OSError: The disk is full, or the folder cannot be written; the old file
            stays.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A hidden folder that is removed after the block, unless it was renamed.

    `kedro prune` knows its name, and removes what a killed run has left of it.

    Args:
        parent: Folder in which it is made; missing folders are made too.

    Raises:
        OSError: The folder cannot be made.
    """
    folder = parent / f".{uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
