"""What has come of a download so far: kept on disk, and one run's alone."""

from __future__ import annotations

import errno
import hashlib
import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

logger = logging.getLogger(__name__)


class Part:
    """What has come of a file so far: on disk, hashed, and this run's alone.

    Attributes:
        size: Its bytes.
        sha256: Their hexadecimal SHA-256.
        joined: Whether they may be of two versions of the file, because one answer
            began where an earlier one had ended.
    """

    def __init__(self, file: io.FileIO, path: Path) -> None:
        self._file = file
        self._path = path
        file.seek(0)
        self._digest = hashlib.file_digest(file, "sha256")
        self.size = file.tell()
        self.joined = False

    @property
    def sha256(self) -> str:
        """Of what has come, hexadecimal."""
        return self._digest.hexdigest()

    def append(self, piece: bytes) -> None:
        """Write what comes next, all of it or an OSError."""
        rest = memoryview(piece)
        # On a disk that fills up a piece is written in part before the error comes.
        while rest:
            written = self._file.write(rest)
            self._digest.update(rest[:written])
            self.size += written
            rest = rest[written:]

    def clear(self) -> None:
        """Begin anew."""
        self._file.truncate(0)
        self._digest = hashlib.sha256()
        self.size = 0

    def move_to(self, path: Path) -> None:
        """Put the file in its place, once it is on the disk."""
        os.fsync(self._file.fileno())
        if not _is_at(self._file, self._path):
            raise FileNotFoundError(errno.ENOENT, "its partial file was deleted")
        if os.name == "nt":  # which renames no open file, and has no lock to lose
            self._file.close()
        self._path.replace(path)


@contextmanager
def part_at(path: Path) -> Iterator[Part]:
    """Give the partial file to this run alone, once no other run has it."""
    while True:
        with path.open("a+b", buffering=0) as file:
            if not _lock(file, path):
                break
            # The run that had it may have renamed or deleted it meanwhile.
            if not _is_at(file, path):
                continue
            part = Part(file, path)
            try:
                yield part
            finally:
                if part.size == 0 and _is_at(file, path):
                    path.unlink()
            return
    if not is_kept(path):
        path.unlink(missing_ok=True)
    with _own_part_beside(path) as part:
        yield part


@contextmanager
def _own_part_beside(path: Path) -> Iterator[Part]:
    """Give a partial file that is not kept: two runs would append to a kept one."""
    own = path.with_name(f"{path.stem}.{uuid4().hex}.part")
    try:
        with own.open("x+b", buffering=0) as file:
            yield Part(file, own)
    finally:
        own.unlink(missing_ok=True)


def _lock(file: io.FileIO, path: Path) -> bool:
    """Wait until no other run has the file; return whether there are locks at all."""
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.info("Another run is downloading into %s: waiting for it.", path)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:  # some network file systems
        return False
    return True


def _is_at(file: io.FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def is_kept(partial: Path) -> bool:
    """Whether something of the file is there to go on from."""
    try:
        return partial.stat().st_size > 0
    except OSError:
        return False
