"""Files that turn out to be something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from denoising_autoencoder.artifacts.reading import read_regular


def test_a_file_is_read_up_to_its_bound(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    link = tmp_path / "link"
    link.symlink_to(path)

    assert read_regular(path, 5) == read_regular(link, 5) == b"12345"
    with pytest.raises(ValueError, match="5 bytes, but at most 4"):
        read_regular(path, 4)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "loop"])
def test_what_is_not_a_file_is_refused_at_once(kind, tmp_path):
    path: Path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path)

    with pytest.raises(OSError):
        read_regular(path, 100)


def test_a_large_file_without_content_is_not_read(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(ValueError):
        read_regular(path, 2**20)
