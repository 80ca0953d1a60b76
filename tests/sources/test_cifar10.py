from __future__ import annotations

import errno
import hashlib
import os
import pickle
import tarfile
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.cifar10 import read_cifar10


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return Path.mkdir, (self.folder,)


def place(archive: Path, body: bytes) -> None:
    archive.parent.mkdir()
    archive.write_bytes(body)


def test_an_archive_placed_by_hand_is_read_exactly(fake_cifar10, archive, closed_url):
    place(archive, fake_cifar10.body)

    raw = read_cifar10(archive, closed_url, fake_cifar10.sha256)

    assert raw.name == "CIFAR-10"
    np.testing.assert_array_equal(raw.train_images, fake_cifar10.train_images)
    np.testing.assert_array_equal(raw.test_images, fake_cifar10.test_images)
    assert raw.train_images.flags.c_contiguous
    assert raw.train_photographs.tolist() == list(range(10))
    assert raw.test_photographs.tolist() == [10, 11]
    assert raw.training_only == ()
    assert list(archive.parent.iterdir()) == [archive]


def test_reading_prints_no_warning_of_a_library(
    fake_cifar10, archive, closed_url, monkeypatch
):
    from torchvision.datasets import CIFAR10

    load_meta = CIFAR10._load_meta

    def warn_as_numpy_2_4_0_did_of_the_batches(self):
        np.dtype("u1", 0)
        load_meta(self)

    monkeypatch.setattr(CIFAR10, "_load_meta", warn_as_numpy_2_4_0_did_of_the_batches)
    place(archive, fake_cifar10.body)

    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        read_cifar10(archive, closed_url, fake_cifar10.sha256)

    assert [str(warning.message) for warning in shown] == []


def test_the_folder_for_temporary_files_may_be_too_small(
    fake_cifar10, archive, closed_url, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    place(archive, fake_cifar10.body)

    raw = read_cifar10(archive, closed_url, fake_cifar10.sha256)

    assert len(raw.train_images) == 10


def test_without_an_archive_it_is_downloaded_and_kept(fake_cifar10, archive, serve):
    raw = read_cifar10(archive, serve(fake_cifar10.body), fake_cifar10.sha256)

    np.testing.assert_array_equal(raw.test_images, fake_cifar10.test_images)
    assert archive.read_bytes() == fake_cifar10.body


def test_a_wrong_archive_is_refused_before_anything_in_it_runs(
    fake_cifar10, archive, closed_url, tmp_path
):
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    place(archive, trap + fake_cifar10.body)

    with pytest.raises(ImageSourceError, match="is not the CIFAR-10 archive") as raised:
        read_cifar10(archive, closed_url, fake_cifar10.sha256)

    assert str(archive) in str(raised.value)
    assert "delete it and run again" in str(raised.value)
    assert not (tmp_path / "sprung").exists()


def test_a_truncated_archive_is_refused(fake_cifar10, archive, closed_url):
    place(archive, fake_cifar10.body[:-100])

    with pytest.raises(ImageSourceError, match="is truncated"):
        read_cifar10(archive, closed_url, fake_cifar10.sha256)


def test_a_folder_in_the_archives_place_is_named(archive, closed_url):
    archive.mkdir(parents=True)

    with pytest.raises(ImageSourceError, match=r"cannot be read \(Is a directory\)"):
        read_cifar10(archive, closed_url, "0" * 64)


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_without_the_batches_is_refused(packed, archive, closed_url, tar_gz):
    body = tar_gz({"readme": b""}) if packed else b"text"
    place(archive, body)

    with pytest.raises(ImageSourceError, match="does not hold CIFAR-10's batches"):
        read_cifar10(archive, closed_url, hashlib.sha256(body).hexdigest())

    assert list(archive.parent.iterdir()) == [archive]


def test_a_disk_too_full_to_unpack_is_named(
    fake_cifar10, archive, closed_url, monkeypatch
):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    place(archive, fake_cifar10.body)

    with pytest.raises(ImageSourceError, match="No space left on device"):
        read_cifar10(archive, closed_url, fake_cifar10.sha256)

    assert list(archive.parent.iterdir()) == [archive]
