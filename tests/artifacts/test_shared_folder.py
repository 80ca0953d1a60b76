"""Promises that hold in a folder that machines share, whatever its file system lacks.

What servers and clients of such folders answer is injected where Python calls the
system.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io import DatasetError
from kedro.io.core import Version

from denoising_autoencoder.artifacts import local_folder, prune
from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.artifacts.local_folder import LocalFolder
from denoising_autoencoder.artifacts.versions import claim, following
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.page import PageDataset
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.sources import download

FIRST, SECOND = (f"2026-01-0{day}T00.00.00.000Z" for day in (1, 2))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "page.html"


def dataset(path: Path, save: str | None = None) -> AtomicDataset:
    return AtomicDataset(
        filepath=path.as_posix(),
        dataset={"type": PageDataset},
        version=Version(None, save),
    )


def failing(number: int) -> Callable[..., Any]:
    def fail(*arguments: Any, **_: Any) -> None:
        raise OSError(number, os.strerror(number), str(arguments[0]))

    return fail


def losing_the_answer(call: Callable[..., Any], number: int) -> Callable[..., Any]:
    """A call that is carried out, and sent again since nobody heard of it."""

    def twice(*arguments: Any, **others: Any) -> None:
        call(*arguments, **others)
        failing(number)(*arguments)

    return twice


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


# Saving


@pytest.mark.parametrize(
    "number", [errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.ESTALE, errno.ENOSYS]
)
def test_without_hard_links_equal_files_are_copies(path, number, monkeypatch):
    monkeypatch.setattr(os, "link", failing(number))

    for version in (FIRST, SECOND):
        dataset(path, version).save("same")

    assert dataset(path).load() == "same"
    assert names(path / SECOND) == ["lineage.json", "page.html"]


def test_a_link_whose_answer_is_lost_leaves_no_second_name(path, monkeypatch):
    monkeypatch.setattr(os, "link", losing_the_answer(os.link, errno.EEXIST))

    for version in (FIRST, SECOND):
        dataset(path, version).save("same")

    assert names(path / SECOND) == ["lineage.json", "page.html"]


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ESTALE])
def test_a_rename_whose_answer_is_lost_has_taken_place(path, number, monkeypatch):
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, losing_the_answer(getattr(os, name), number))
    saved = dataset(path, FIRST)

    saved.save("first")
    Checkpoints(path.parent / "checkpoints").save("key", {}, {"step": 1})

    assert saved.saved_version == FIRST
    assert dataset(path).load() == "first"
    assert names(path) == [FIRST]
    assert Checkpoints(path.parent / "checkpoints").keys() == ["key"]


@pytest.mark.parametrize(
    ("call", "number", "words"),
    [
        ("rename", errno.EXDEV, "choose a data_root whose file system can rename"),
        ("rename", errno.EPERM, "give access and run again"),
        ("fsync", errno.ESTALE, "check that folder and run again"),
        ("fsync", errno.EIO, "check that folder and run again"),
    ],
)
def test_what_cannot_be_saved_is_one_sentence_and_leaves_nothing(
    path, call, number, words, monkeypatch
):
    dataset(path, FIRST).save("first")
    monkeypatch.setattr(os, call, failing(number))

    with pytest.raises(DatasetError) as caught:
        dataset(path, SECOND).save("second")

    sentence = str(caught.value.__cause__)
    assert f"cannot be written ({os.strerror(number)}): " in sentence
    assert words in sentence
    assert names(path) == [FIRST]
    assert dataset(path).load() == "first"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_what_cannot_be_flushed_is_saved_all_the_same(path, number, monkeypatch):
    monkeypatch.setattr(os, "fsync", failing(number))

    dataset(path, FIRST).save("first")

    assert dataset(path).load() == "first"


# Reading


def test_a_version_that_is_shown_late_is_waited_for(path):
    """As by another machine: told the version, but its folder does not show it yet."""
    dataset(path, FIRST).save("first")
    hidden = path.with_name("hidden")
    (path / FIRST).rename(hidden)
    late = dataset(path)
    late.saved_version = FIRST
    shown = threading.Timer(0.3, hidden.rename, [path / FIRST])
    shown.start()

    assert late.lineage().size == len("first")
    assert late.load() == "first"
    shown.join()


def test_a_version_that_is_never_shown_is_one_sentence(path, monkeypatch):
    monkeypatch.setattr(local_folder, "_PATIENCE", 0.2)
    never = dataset(path)
    never.saved_version = FIRST

    with pytest.raises(DatasetError) as caught:
        never.load()

    assert "was saved, but this machine does not see it" in str(caught.value.__cause__)


def test_a_stale_folder_is_one_sentence(path, monkeypatch):
    dataset(path, FIRST).save("first")
    stat = os.stat

    def stale(place: Any, *arguments: Any, **others: Any) -> Any:
        if str(place).endswith(f"{FIRST}/page.html"):
            failing(errno.ESTALE)(place)
        return stat(place, *arguments, **others)

    monkeypatch.setattr(os, "stat", stale)

    for use in (dataset(path).load, dataset(path).exists, dataset(path).check):
        with pytest.raises((DatasetError, DatasetFileError)) as caught:
            use()
        error = caught.value
        words = str(error if isinstance(error, DatasetFileError) else error.__cause__)
        assert words.endswith(
            "page.html cannot be read (Stale file handle): give access to it."
        )


@pytest.mark.parametrize("number", [errno.ENODEV, errno.ENOTSUP])
def test_an_array_that_cannot_be_mapped_is_read(tmp_path, number, monkeypatch):
    array = ArrayDataset(filepath=str(tmp_path / "array.npy"))
    array.save(np.arange(6).reshape(2, 3))
    monkeypatch.setattr("mmap.mmap", failing(number))

    loaded = array.load()

    assert loaded.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not loaded.flags.writeable


# Locks


@pytest.mark.filterwarnings("ignore:flock not supported")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_download_goes_on_where_there_are_no_locks(tmp_path, number, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", failing(number))

    with download._only_run(tmp_path / "archive"):
        (tmp_path / "archive").touch()

    assert (tmp_path / "archive").exists()


def test_a_reservation_whose_answer_is_lost_gives_the_next_version(
    tmp_path, monkeypatch
):
    opened, lost = os.open, []

    def once(place: Any, flags: int, *arguments: Any, **others: Any) -> int:
        descriptor = opened(place, flags, *arguments, **others)
        if str(place).endswith(".run") and not lost:
            lost.append(place)
            os.close(descriptor)
            failing(errno.EEXIST)(place)
        return descriptor

    monkeypatch.setattr(os, "open", once)

    with claim(FIRST, "", tmp_path, LocalFolder()) as version:
        assert version == following(FIRST)


# Pruning


def test_what_is_still_read_elsewhere_is_hidden_and_goes_later(path, monkeypatch):
    """A file that is open on a client of NFS keeps its folder from being removed."""
    dataset(path, FIRST).save("first")
    dataset(path, SECOND).save("second")
    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", failing(errno.ENOTEMPTY))
        prune.remove([path / FIRST])

    assert dataset(path).list_versions(full_path=False) == [SECOND]
    (hidden,) = [one for one in path.iterdir() if one.name.startswith(".")]
    places = prune.Places(
        root=path.parent, templates=(path.as_posix(),), folder_of=lambda _: path
    )
    plan = prune.plan(places, 1, time.time() + 2 * prune.DAY)
    assert plan.leftovers == (hidden,)
