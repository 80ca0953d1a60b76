from __future__ import annotations

import dataclasses
import errno
import os
import pickle
import tarfile
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.cifar10 import read
from denoising_autoencoder.sources.request import Request
from tests.sources.conftest import http

NOT_CIFAR10 = "does not hold CIFAR-10's batches .* restore url, sha256 and size"
FOLDER = "cifar-10-batches-py"


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return Path.mkdir, (self.folder,)


def everything(folder: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() if p.is_file() else b"" for p in folder.rglob("*")}


def test_an_archive_placed_by_hand_is_read_exactly(cifar10, archive_of):
    archive = archive_of(cifar10.pack())

    raw = read(Request(archive))

    assert raw.name == "CIFAR-10"
    np.testing.assert_array_equal(raw.train_images, cifar10.train_images)
    np.testing.assert_array_equal(raw.test_images, cifar10.test_images)
    assert raw.train_images.flags.c_contiguous
    assert raw.train_photographs.tolist() == list(range(10))
    assert raw.test_photographs.tolist() == [10, 11]
    assert raw.train_labels.tolist() == list(range(10))
    assert raw.test_labels.tolist() == [9, 3]
    assert raw.training_only == ()
    assert list(archive.path.parent.iterdir()) == [archive.path]


def test_reading_prints_no_warning_of_a_library(cifar10, archive_of, monkeypatch):
    from torchvision.datasets import CIFAR10

    load_meta = CIFAR10._load_meta

    def warn_as_numpy_2_4_0_did_of_the_batches(self):
        np.dtype("u1", 0)
        load_meta(self)

    monkeypatch.setattr(CIFAR10, "_load_meta", warn_as_numpy_2_4_0_did_of_the_batches)
    archive = archive_of(cifar10.pack())

    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        read(Request(archive))

    assert [str(warning.message) for warning in shown] == []


def test_the_folder_for_temporary_files_may_be_too_small(
    cifar10, archive_of, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    assert len(read(Request(archive_of(cifar10.pack()))).train_images) == 10


def test_without_an_archive_it_is_downloaded_and_kept(cifar10, archive_of, serve):
    body = cifar10.pack()
    archive = archive_of(body, serve(http(body)).url, placed=False)

    raw = read(Request(archive))

    np.testing.assert_array_equal(raw.test_images, cifar10.test_images)
    assert archive.path.read_bytes() == body


@pytest.mark.parametrize("whole", [True, False], ids=["another", "truncated"])
def test_a_wrong_archive_is_refused_before_anything_in_it_runs(
    cifar10, archive_of, tmp_path, whole
):
    body = cifar10.pack()
    archive = archive_of(body)
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    archive.path.write_bytes(trap + body if whole else body[:-100])

    with pytest.raises(ImageSourceError, match="is not the CIFAR-10 archive") as raised:
        read(Request(archive))

    assert str(archive.path) in str(raised.value)
    assert "delete it and run again" in str(raised.value)
    assert not (tmp_path / "sprung").exists()


def test_a_folder_in_the_archives_place_is_named(archive_of):
    archive = archive_of(b"", placed=False)
    archive.path.mkdir(parents=True)

    with pytest.raises(ImageSourceError, match=r"cannot be read \(Is a directory\)"):
        read(Request(archive))


def test_a_disk_too_full_to_unpack_is_named(cifar10, archive_of, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    archive = archive_of(cifar10.pack())

    with pytest.raises(ImageSourceError, match="No space left on device"):
        read(Request(archive))

    assert list(archive.path.parent.iterdir()) == [archive.path]


# Archives whose SHA-256 is the one of the catalog


def member(name: str = f"{FOLDER}/a", kind: bytes = tarfile.REGTYPE, **more: object):
    info = tarfile.TarInfo(name)
    info.type = kind
    for attribute, value in more.items():
        setattr(info, attribute, value)
    return info


OUTSIDE = "/tmp/denoising-autoencoder-outside"

# One member for each rule of the filter, and for each error that tarfile raises.
HOSTILE_MEMBERS = {
    "a path upwards": member("../evil"),
    "a path out of the folder": member(f"{FOLDER}/../../evil"),
    "an absolute path": member(f"{OUTSIDE}/evil"),
    "a folder elsewhere": member("other", tarfile.DIRTYPE),
    "no name": member(""),
    "a link elsewhere": member(kind=tarfile.SYMTYPE, linkname=OUTSIDE),
    "a hard link upwards": member(kind=tarfile.LNKTYPE, linkname="../evil"),
    "a pipe": member(kind=tarfile.FIFOTYPE),
    "a time out of range": member(pax_headers={"mtime": "1e300"}),
    "a size that leads backwards": member(pax_headers={"size": "-1536"}),
}


@pytest.mark.parametrize("name", HOSTILE_MEMBERS)
def test_an_archive_with_a_hostile_member_is_refused_and_writes_nothing(
    name, cifar10, archive_of, tmp_path
):
    archive = archive_of(cifar10.pack(HOSTILE_MEMBERS[name]))
    before = everything(tmp_path)

    with pytest.raises(ImageSourceError, match=NOT_CIFAR10):
        read(Request(archive))

    assert everything(tmp_path) == before
    assert not Path(OUTSIDE).exists()


def test_a_name_that_no_file_can_have_is_refused(cifar10, archive_of):
    archive = archive_of(cifar10.pack(member(f"{FOLDER}/{'x' * 300}")))

    with pytest.raises(ImageSourceError, match="cannot be unpacked into its folder"):
        read(Request(archive))

    assert list(archive.path.parent.iterdir()) == [archive.path]


SPOILT = {
    "text": lambda _: b"text",
    "nothing": lambda _: b"",
    "cut short": lambda fake: fake.pack()[:-200],
    "a damaged stream": lambda fake: fake.pack()[:9000] + b"x" + fake.pack()[9001:],
    "a missing batch": lambda fake: fake.pack(data_batch_5=None),
    "another batch": lambda fake: fake.pack(test_batch=b"another"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_an_archive_without_the_batches_is_refused(name, cifar10, archive_of):
    archive = archive_of(SPOILT[name](cifar10))

    with pytest.raises(ImageSourceError, match=NOT_CIFAR10):
        read(Request(archive))

    assert list(archive.path.parent.iterdir()) == [archive.path]


def test_an_archive_of_another_sha256_is_not_even_opened(
    cifar10, archive_of, monkeypatch
):
    archive = dataclasses.replace(archive_of(cifar10.pack()), sha256="0" * 64)
    monkeypatch.setattr(tarfile, "open", None)

    with pytest.raises(ImageSourceError, match="is not the CIFAR-10 archive"):
        read(Request(archive))
