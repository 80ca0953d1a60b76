from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from denoising_autoencoder.sources import npz
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.request import Archive, Request

Read = Callable[..., RawImages]


def images(count: int) -> np.ndarray:
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, 8, 9, 3), dtype=np.uint8)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Save a good file with more arrays, and read it: read(name, **arrays)."""

    def save_and_read(name: str | None = None, /, **more: Any) -> RawImages:
        path = tmp_path / "mine.npz"
        np.savez(path, train_images=images(10), test_images=images(1), **more)
        archive = Archive(Path("not read"), "", "", 0)
        return npz.read(Request(archive, path, name))

    return save_and_read


def test_images_come_back_as_they_were_saved_each_a_photograph(read):
    raw = read()

    np.testing.assert_array_equal(raw.train_images, images(10))
    np.testing.assert_array_equal(raw.test_images, images(1))
    assert raw.train_photographs.tolist() == list(range(10))
    assert raw.test_photographs.tolist() == [10]
    assert raw.training_only == ()


def test_a_folder_of_npy_files_is_mapped_and_gives_what_the_npz_gives(read, tmp_path):
    more = {
        "train_photographs": np.repeat([7, 3], 5),
        "test_photographs": np.array([-1], "int8"),
        "train_labels": np.arange(10),
        "test_labels": np.array([4]),
        "name": np.array("Its own"),
        "val_labels": np.array(["cat", None], dtype=object),
    }
    expected = read(**more)
    folder = tmp_path / "folder"
    folder.mkdir()
    for key, array in np.load(tmp_path / "mine.npz", allow_pickle=True).items():
        np.save(folder / f"{key}.npy", array)

    raw = npz.read(Request(Archive(Path("not read"), "", "", 0), folder))

    assert isinstance(raw.train_images, np.memmap)
    for field in dataclasses.fields(RawImages):
        np.testing.assert_array_equal(
            getattr(raw, field.name), getattr(expected, field.name)
        )


def test_photographs_of_the_file_are_kept(read):
    raw = read(
        train_photographs=np.repeat([7, 3], 5),
        test_photographs=np.array([-1], "int8"),
    )

    assert raw.train_photographs.tolist() == [7] * 5 + [3] * 5
    assert raw.test_photographs.tolist() == [-1]
    assert raw.train_photographs.dtype == raw.test_photographs.dtype == np.int32


def test_without_labels_they_are_empty(read):
    raw = read()

    assert raw.train_labels.shape == raw.test_labels.shape == (0,)
    assert raw.train_labels.dtype == raw.test_labels.dtype == np.int32


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)], ids=["a row", "a column"])
def test_labels_of_the_file_are_kept_as_one_integer_an_image(read, shape):
    raw = read(
        train_labels=np.arange(10, dtype="u1")[::-1].reshape(shape),
        test_labels=np.array([4]).reshape(shape),
    )

    assert raw.train_labels.tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert raw.test_labels.tolist() == [4]
    assert raw.train_labels.dtype == raw.test_labels.dtype == np.int32


def test_other_arrays_are_not_opened(read):
    raw = read(val_labels=np.array(["cat", "dog"] * 5, dtype=object))

    np.testing.assert_array_equal(raw.train_images, images(10))


@pytest.mark.parametrize(
    ("argument", "own", "expected"),
    [
        ("Asked for", {"name": np.array("Its own")}, "Asked for"),
        (None, {"name": np.array("Its own")}, "Its own"),
        (None, {"name": np.array([" Its own "])}, "Its own"),
        (None, {"name": np.array("  ")}, "mine"),
        (None, {}, "mine"),
    ],
)
def test_the_name_asked_for_wins_over_the_files_own_and_that_over_its_stem(
    read, argument, own, expected
):
    assert read(argument, **own).name == expected
