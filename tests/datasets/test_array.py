from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from denoising_autoencoder.compute import chunked
from denoising_autoencoder.compute.chunked import ChunkedArray
from denoising_autoencoder.datasets.array import ArrayDataset, ImageArrayDataset
from denoising_autoencoder.errors import DatasetFileError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "array.npy"


def at(path: Path) -> ArrayDataset:
    return ArrayDataset(filepath=str(path))


def levels(count: int, height: int = 4, width: int = 6) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (count, height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3),
        np.linspace(-1, 1, 12).astype(np.float16).reshape(1, 2, 2, 3),
        np.array([3, 1, 2], np.int64),
        np.zeros((0, 4, 4, 3), np.uint8),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12, dtype=np.int32)[::-2],
        np.array(3.5),
        np.arange(6, dtype=">f4").reshape(2, 3),
        np.zeros((2, 0), np.float32),
    ],
    ids=[
        *("uint8", "float16", "int64", "empty", "Fortran", "strided"),
        *("a single number", "other byte order", "empty rows"),
    ],
)
def test_an_array_is_loaded_as_it_was_saved(path, array):
    at(path).save(array)

    loaded = at(path).load()

    assert loaded.dtype == array.dtype
    assert loaded.shape == array.shape
    np.testing.assert_array_equal(loaded, array)


def test_a_file_has_the_bytes_that_numpy_would_save(path, tmp_path):
    for array in (levels(2), np.array(3.5), np.arange(6, dtype=">f4").reshape(2, 3)):
        at(path).save(array)
        np.save(tmp_path / "numpy.npy", array)

        assert path.read_bytes() == (tmp_path / "numpy.npy").read_bytes()


def test_a_chunked_array_has_the_bytes_of_the_whole_and_is_never_whole(
    path, tmp_path, monkeypatch
):
    images, asked = levels(7), []

    def compute(rows: slice) -> np.ndarray:
        asked.append((rows.start, rows.stop))
        return images[rows]

    monkeypatch.setattr(chunked, "_AT_ONCE", 3 * images[0].nbytes)
    at(path).save(ChunkedArray(images.shape, images.dtype, compute))

    np.save(tmp_path / "numpy.npy", images)
    assert path.read_bytes() == (tmp_path / "numpy.npy").read_bytes()
    assert asked == [(0, 3), (3, 6), (6, 7)]


def test_a_mapped_array_can_be_saved_again(path, tmp_path):
    at(path).save(levels(2))

    at(tmp_path / "again.npy").save(at(path).load())

    assert (tmp_path / "again.npy").read_bytes() == path.read_bytes()


def test_the_file_has_exactly_the_name_that_was_asked_for(tmp_path):
    at(tmp_path / ".temporary").save(np.arange(3))

    assert [file.name for file in tmp_path.iterdir()] == [".temporary"]


def test_an_array_is_mapped_from_its_file_instead_of_being_read(path):
    at(path).save(np.arange(6, dtype=np.uint8))

    loaded = at(path).load()

    assert isinstance(loaded, np.memmap)
    assert Path(loaded.filename) == path


def test_a_loaded_array_cannot_be_written_to(path):
    at(path).save(np.arange(6, dtype=np.uint8))

    loaded = at(path).load()

    with pytest.raises(ValueError, match="read-only"):
        loaded[0] = 9
    assert at(path).load()[0] == 0


def test_python_objects_are_refused_when_saved(path):
    with pytest.raises(DatasetError, match="Object arrays cannot be saved"):
        at(path).save(np.array([{"a": 1}, None], dtype=object))


class Harmful:
    """Does something when it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was read",)


def test_python_objects_are_refused_when_loaded(path):
    np.save(path, np.array([Harmful()], dtype=object), allow_pickle=True)

    with pytest.raises(DatasetError) as caught:
        at(path).load()
    assert isinstance(caught.value.__cause__, DatasetFileError)


def test_a_missing_file_is_named(path):
    with pytest.raises(DatasetError, match=r"array\.npy"):
        at(path).load()
    assert not at(path).exists()


def test_a_saved_array_exists(path):
    at(path).save(np.arange(3))

    assert at(path).exists()


# Previews


def previewed(path: Path, images: np.ndarray, **arguments: int) -> np.ndarray:
    dataset = ImageArrayDataset(filepath=str(path))
    dataset.save(images)
    png = base64.b64decode(dataset.preview(**arguments), validate=True)
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        return np.asarray(image)


def test_a_preview_shows_the_images_side_by_side_and_magnified(path):
    images = levels(2, height=4, width=6)

    shown = previewed(path, images)

    assert shown.shape == (4 * 3, 2 * 6 * 3, 3)
    for index, image in enumerate(images):
        place = shown[:, index * 18 : (index + 1) * 18]
        np.testing.assert_array_equal(place, np.kron(image, np.ones((3, 3, 1))))


def test_a_preview_of_grey_images_is_grey(path):
    images = np.arange(0, 256, 2, np.uint8).reshape(2, 8, 8, 1)

    shown = previewed(path, images, scale=1)

    np.testing.assert_array_equal(shown, np.hstack([*images]).repeat(3, axis=-1))


def test_a_preview_shows_the_first_images_of_many(path):
    images = levels(12)

    shown = previewed(path, images)

    assert shown.shape == (4 * 3, 10 * 6 * 3, 3)
    np.testing.assert_array_equal(shown[1::3, -17::3], images[9])


def test_a_preview_has_the_number_and_the_size_that_are_asked_for(path):
    images = levels(5)

    shown = previewed(path, images, count=3, scale=1)

    np.testing.assert_array_equal(shown, np.concatenate(list(images[:3]), axis=1))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_preview_of_normalized_images_shows_their_levels(path, dtype):
    images = levels(2)

    shown = previewed(path, (images / 127.5 - 1).astype(dtype), scale=1)

    np.testing.assert_array_equal(shown, np.concatenate(list(images), axis=1))


def test_a_preview_clamps_what_is_out_of_range(path):
    images = np.full((1, 2, 2, 3), 1.7, np.float16)
    images[..., 1] = -1.7

    shown = previewed(path, images, scale=1)

    assert np.unique(shown.reshape(-1, 3), axis=0).tolist() == [[255, 0, 255]]


def test_numbers_are_previewed_by_type_shape_and_the_first_of_them(tmp_path):
    dataset = ArrayDataset(filepath=str(tmp_path / "indices.npy"))
    dataset.save(np.arange(30).reshape(5, 6))

    assert json.loads(dataset.preview(count=8)) == {
        "dtype": "int64",
        "shape": [5, 6],
        "first": [0, 1, 2, 3, 4, 5, 6, 7],
    }
