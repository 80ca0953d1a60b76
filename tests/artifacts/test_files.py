"""Files that are whole or absent."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from denoising_autoencoder.artifacts import files
from denoising_autoencoder.artifacts.files import (
    sha256,
    sha256_of,
    share,
    write,
    write_atomically,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_hash_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "some"
    path.write_bytes(b"bytes" * 100_000)

    assert sha256(path) == hashlib.sha256(b"bytes" * 100_000).hexdigest()


def test_the_hash_of_parts_is_that_of_the_file(tmp_path):
    parts = [b"head", memoryview(b"body" * 1_000), b""]

    write(tmp_path / "some", parts)

    assert (tmp_path / "some").read_bytes() == b"head" + b"body" * 1_000
    assert sha256_of(parts) == sha256(tmp_path / "some")


@pytest.mark.parametrize("place", [0, 3, 4, 2**20 + 3, 2**20 + 4, 2**21])
def test_a_file_shares_equal_bytes_and_no_others(tmp_path, place):
    body = bytearray(b"text" * 2**19 + b"!")
    twin = tmp_path / "twin"
    twin.write_bytes(body)

    assert share(tmp_path / "same", twin, [bytes(body[:4]), memoryview(body)[4:]])
    body[place] ^= 1
    assert not share(tmp_path / "other", twin, [bytes(body[:4]), memoryview(body)[4:]])

    assert twin.stat().st_ino == (tmp_path / "same").stat().st_ino
    assert names(tmp_path) == ["same", "twin"]


def test_a_file_shares_nothing_with_a_twin_that_is_longer_shorter_or_gone(tmp_path):
    (tmp_path / "twin").write_bytes(b"text")

    for content in ([b"text", b"s"], [b"tex"], []):
        assert not share(tmp_path / "some", tmp_path / "twin", content)
    assert not share(tmp_path / "some", tmp_path / "gone", [b"text"])

    assert names(tmp_path) == ["twin"]


def test_a_twin_that_cannot_be_read_leaves_no_link(tmp_path, monkeypatch):
    (tmp_path / "twin").write_bytes(b"text")

    def defective(*_: object) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(files, "_holds", defective)

    assert not share(tmp_path / "some", tmp_path / "twin", [b"text"])
    assert names(tmp_path) == ["twin"]


def test_a_file_is_written_with_its_folder_and_replaced(tmp_path):
    path = tmp_path / "a" / "b" / "some"

    write_atomically(path, b"first")
    write_atomically(path, b"second")

    assert path.read_bytes() == b"second"
    assert names(path.parent) == ["some"]


def test_a_write_that_fails_leaves_the_former_file_and_no_trace(tmp_path, monkeypatch):
    path = tmp_path / "some"
    write_atomically(path, b"first")

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"second")

    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["some"]
