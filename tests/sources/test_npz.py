from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.npz import read_npz

Write = Callable[..., Path]


def images(count: int, *shape: int) -> np.ndarray:
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, *(shape or (8, 9, 3))), dtype=np.uint8)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a good file with some keys changed; None takes a key away."""

    def save(**changes: Any) -> Path:
        arrays = {"train_images": images(10), "test_images": images(1), **changes}
        path = tmp_path / "mine.npz"
        np.savez(path, **{k: v for k, v in arrays.items() if v is not None})
        return path

    return save


def test_images_come_back_as_they_were_saved_each_a_photograph(write):
    raw = read_npz(write(), None)

    np.testing.assert_array_equal(raw.train_images, images(10))
    np.testing.assert_array_equal(raw.test_images, images(1))
    assert raw.train_photographs.tolist() == list(range(10))
    assert raw.test_photographs.tolist() == [10]
    assert raw.training_only == ()


def test_a_compressed_file_with_labels_is_read_too(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez_compressed(
        path,
        train_images=images(10),
        train_labels=np.zeros(10),
        test_images=images(1),
        test_labels=np.zeros(1),
    )

    np.testing.assert_array_equal(read_npz(path, None).train_images, images(10))


def test_photographs_of_the_file_are_kept(write):
    path = write(
        train_photographs=np.repeat([7, 3], 5), test_photographs=np.array([-1], "int8")
    )

    raw = read_npz(path, None)

    assert raw.train_photographs.tolist() == [7] * 5 + [3] * 5
    assert raw.test_photographs.tolist() == [-1]
    assert raw.train_photographs.dtype == raw.test_photographs.dtype == np.int32


@pytest.mark.parametrize(
    ("argument", "own", "expected"),
    [
        ("Asked for", np.array("Its own"), "Asked for"),
        (None, np.array("Its own"), "Its own"),
        (None, np.array(["Its own"]), "Its own"),
        (None, None, "mine"),
    ],
)
def test_the_name_asked_for_wins_over_the_files_own_and_that_over_its_stem(
    write, argument, own, expected
):
    assert read_npz(write(name=own), argument).name == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train_images": None, "labels": np.zeros(3)},
            (
                "lacks train_images: it needs train_images and test_images, and holds "
                "test_images, labels."
            ),
        ),
        (
            {"train_images": None, "test_images": None},
            (
                "lacks train_images and test_images: it needs train_images and "
                "test_images, and holds nothing."
            ),
        ),
        (
            {"train_images": images(10).astype("float32")},
            (
                "holds train_images as float32, but images are uint8, 0 to 255: scale, "
                "round and convert them."
            ),
        ),
        (
            {"test_images": images(1).astype("int64")},
            (
                "holds test_images as int64, but images are uint8, 0 to 255: scale, "
                "round and convert them."
            ),
        ),
        (
            {"train_images": np.array([None] * 10)},
            (
                "holds Python objects or a damaged array: write it with numpy.savez "
                "from arrays of numbers."
            ),
        ),
        (
            {"train_images": images(10, 3, 8, 9)},
            (
                "holds train_images of shape (10, 3, 8, 9), but the shape is "
                "(n, height, width, 3): transpose train_images with (0, 2, 3, 1)."
            ),
        ),
        (
            {"test_images": images(1, 8, 9)},
            (
                "holds test_images of shape (1, 8, 9), but the shape is (n, height, "
                "width, 3): repeat the gray values of test_images for red, green and "
                "blue."
            ),
        ),
        (
            {"train_images": images(10, 8, 9, 4)},
            (
                "holds train_images of shape (10, 8, 9, 4), but the shape is (n, "
                "height, width, 3): leave the alpha channel out, "
                "train_images[..., :3]."
            ),
        ),
        (
            {"test_images": images(1, 9, 8, 3)},
            (
                "holds training images of 8x9 and test images of 9x8 pixels "
                "(height x width), which must be the same."
            ),
        ),
        (
            {"train_images": images(9)},
            "holds 9 train_images, but needs at least 10.",
        ),
        (
            {"test_images": images(0)},
            "holds 0 test_images, but needs at least 1.",
        ),
        (
            {"train_images": images(10, 8, 7, 3)},
            (
                "holds train_images of 8x7 pixels (height x width), but each side has "
                "at least 8."
            ),
        ),
        (
            {"train_labels": np.zeros(11)},
            "holds train_labels of shape (11,), but there are 10 train_images.",
        ),
        (
            {"test_labels": np.array(3)},
            "holds test_labels of shape (), but there are 1 test_images.",
        ),
        (
            {"train_photographs": np.arange(9), "test_photographs": np.array([10])},
            "holds train_photographs of shape (9,), but there are 10 train_images.",
        ),
        (
            {"train_photographs": np.arange(10)},
            (
                "holds train_photographs alone: give train_photographs and "
                "test_photographs, or neither."
            ),
        ),
        (
            {"train_photographs": np.arange(10.0), "test_photographs": np.array([10])},
            (
                "holds train_photographs as float64 of shape (10,), but they are "
                "integers that fit into int32, one per image."
            ),
        ),
        (
            {"train_photographs": np.arange(10), "test_photographs": np.array([2**31])},
            (
                "holds test_photographs as int64 of shape (1,), but they are "
                "integers that fit into int32, one per image."
            ),
        ),
        (
            {"train_photographs": np.arange(10), "test_photographs": np.array([[11]])},
            (
                "holds test_photographs as int64 of shape (1, 1), but they are "
                "integers that fit into int32, one per image."
            ),
        ),
        (
            {"train_photographs": np.arange(10), "test_photographs": np.array([9])},
            (
                "has images of photograph 9 for training and for testing: split them "
                "by photograph."
            ),
        ),
        (
            {"name": np.array(["a", "b"])},
            "holds name as <U1 of shape (2,), but it is one line of text.",
        ),
        (
            {"name": np.array(1)},
            "holds name as int64 of shape (), but it is one line of text.",
        ),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(write, changes, message):
    path = write(**changes)

    with pytest.raises(ImageSourceError) as raised:
        read_npz(path, None)

    assert str(raised.value) == f"{path} {message}"


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "none.npz"

    with pytest.raises(ImageSourceError, match=f"^{re.escape(str(path))} is not a fil"):
        read_npz(path, None)


@pytest.mark.parametrize("body", [b"", b"some text\n", b"\x93NUMPY\x01\x00"])
def test_what_is_no_zip_is_no_npz(tmp_path, body):
    path = tmp_path / "mine.npz"
    path.write_bytes(body)

    with pytest.raises(ImageSourceError, match="is not an npz file or is truncated"):
        read_npz(path, None)


def test_a_truncated_file_is_no_npz(write):
    path = write()
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(ImageSourceError, match="is not an npz file or is truncated"):
        read_npz(path, None)


def test_a_file_with_flipped_bits_is_damaged(write):
    path = write()
    content = bytearray(path.read_bytes())
    content[1000] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(ImageSourceError, match="is damaged: "):
        read_npz(path, None)
