"""Files on the disk: written for good, hashed, shared between versions."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

Parts = Sequence[bytes | memoryview]
"""The bytes of a file, one part after the other. A view is one of single bytes, of an
array that nobody changes until they are written: their hash is taken before."""

_AT_ONCE = 2**20
"""Bytes that are compared at once."""


def write(path: Path, content: Parts) -> None:
    """Write a file.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    with path.open("wb") as file:
        for part in content:
            file.write(part)


def sha256_of(content: Parts) -> str:
    """The SHA-256 of what a file is to hold, hexadecimal."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Have the operating system write a file, or a folder's names, to the disk."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_read_only(path: Path) -> None:
    """Take the right to write a file from everyone: its links share its bytes."""
    if os.name != "nt":  # where what may not be written may not be removed either
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)


def share(path: Path, twin: Path, content: Parts) -> bool:
    """Make a file another name (a hard link) of its twin.

    Args:
        path: Of the file, which may exist and is replaced then.
        twin: Is read and otherwise left alone.
        content: What the file is to hold.

    Returns:
        Whether it worked. Not so if the twin holds something else, if it is gone
        meanwhile, or if the file system has no hard links.
    """
    linked = path.with_name(f"{path.name}.link")
    with suppress(OSError):
        # Bytes and not hashes: a twin that was damaged on the disk must not spread.
        if _holds(twin, content):
            linked.hardlink_to(twin)
            linked.replace(path)
            return True
    return False


def _holds(path: Path, content: Parts) -> bool:
    if path.stat().st_size != sum(len(part) for part in content):
        return False
    with path.open("rb") as file:
        return all(
            # As bytes: views are compared one item at a time.
            file.read(len(piece)) == bytes(piece)
            for part in content
            for start in range(0, len(part), _AT_ONCE)
            for piece in [part[start : start + _AT_ONCE]]
        )


def write_atomically(path: Path, content: bytes) -> None:
    """Write or replace a file: whole, or not at all.

    Args:
        path: Missing folders are made.
        content: Of the file.

    Raises:
        OSError: The disk is full, or the folder cannot be written; the file is as it
            was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex}")
    try:
        temporary.write_bytes(content)
        flush(temporary)
        temporary.replace(path)
        flush(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
