from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from denoising_autoencoder.datasets.image_sets import ImageSetsDataset


def sets() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {
        name: generator.integers(0, 256, (3, 4, 5, 3), dtype=np.uint8)
        for name in ("tv", "dae", "bm3d")
    }


def dataset(folder: Path) -> ImageSetsDataset:
    return ImageSetsDataset(filepath=str(folder / "images.safetensors"))


def test_images_come_back_by_name_in_their_order(tmp_path):
    dataset(tmp_path).save(sets())

    loaded = dataset(tmp_path).load()

    assert list(loaded) == ["tv", "dae", "bm3d"]
    for name, images in sets().items():
        assert loaded[name].dtype == np.uint8
        np.testing.assert_array_equal(loaded[name], images)


def test_the_preview_has_a_row_for_each_name(tmp_path):
    dataset(tmp_path).save(sets())

    preview = dataset(tmp_path).preview(count=2, scale=1)

    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(preview))))
    rows = [np.concatenate(list(images[:2]), axis=1) for images in sets().values()]
    np.testing.assert_array_equal(shown, np.concatenate(rows))


@pytest.mark.parametrize("content", [b"", b"no safetensors", None])
def test_a_damaged_file_is_named_in_one_sentence(tmp_path, content):
    dataset(tmp_path).save(sets())
    file = tmp_path / "images.safetensors"
    file.write_bytes(file.read_bytes()[:-1] if content is None else content)

    with pytest.raises(
        DatasetError, match=r"images\.safetensors is damaged or not a file of images"
    ):
        dataset(tmp_path).load()


def test_a_file_that_may_not_be_read_is_named(tmp_path):
    (tmp_path / "images.safetensors").mkdir()

    with pytest.raises(DatasetError, match="cannot be read"):
        dataset(tmp_path).load()
