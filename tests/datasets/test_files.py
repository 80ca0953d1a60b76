"""Files that are whole or not there."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from denoising_autoencoder.datasets import files
from denoising_autoencoder.datasets.files import sha256, share, write_atomically


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_hash_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "some"
    path.write_bytes(b"bytes" * 100_000)

    assert sha256(path) == hashlib.sha256(b"bytes" * 100_000).hexdigest()


def test_a_file_shares_equal_bytes_and_no_others(tmp_path):
    first, same, other = (tmp_path / name for name in ("first", "same", "other"))
    for path, text in ((first, "text"), (same, "text"), (other, "texT")):
        path.write_text(text)

    assert share(same, first)
    assert not share(other, first)
    assert not share(other, tmp_path / "gone")

    assert first.stat().st_ino == same.stat().st_ino != other.stat().st_ino
    assert other.read_text() == "texT"
    assert names(tmp_path) == ["first", "other", "same"]


def test_a_file_is_written_with_its_folder_and_replaced(tmp_path):
    path = tmp_path / "a" / "b" / "some"

    write_atomically(path, b"first")
    write_atomically(path, b"second")

    assert path.read_bytes() == b"second"
    assert names(path.parent) == ["some"]


def test_a_write_that_fails_leaves_what_was_there_and_no_trace(tmp_path, monkeypatch):
    path = tmp_path / "some"
    write_atomically(path, b"first")

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"second")

    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["some"]
