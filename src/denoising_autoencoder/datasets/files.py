"""Files on the disk: written for good, hashed, shared between versions."""

from __future__ import annotations

import filecmp
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


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


def share(path: Path, twin: Path) -> bool:
    """Make a file one with its twin on the disk, if their bytes are equal.

    Args:
        path: Becomes another name of the twin (a hard link).
        twin: Is read and otherwise left alone.

    Returns:
        Whether it worked. Not so if the bytes differ, if the twin is gone meanwhile, or
        if the file system has no hard links.
    """
    linked = path.with_name(f"{path.name}.link")
    with suppress(OSError):
        # Bytes and not hashes: a twin that was damaged on the disk must not spread.
        if filecmp.cmp(path, twin, shallow=False):
            linked.hardlink_to(twin)
            linked.replace(path)
            return True
    return False


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
