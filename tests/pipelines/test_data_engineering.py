"""Nodes of data_engineering on small real arrays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from denoising_autoencoder.compute import chunked
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.noise.draw import VALIDATION_STREAM, add_noise
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.data_engineering import (
    ImagesParameters,
    SplitParameters,
)
from denoising_autoencoder.pipelines.data_engineering import nodes
from denoising_autoencoder.sources.choice import ImageSource
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.request import Archive, Cutting

TENTH = SplitParameters(validation_fraction=0.1)


class FakeSource:
    """Stands for an ImageSource: notes what it is asked for."""

    def __init__(self, raw: RawImages) -> None:
        self.raw = raw
        self.asked: tuple[object, ...] = ()

    def read(self, *asked: object) -> RawImages:
        self.asked = asked
        return self.raw


@pytest.fixture
def crops(photograph: np.ndarray) -> np.ndarray:
    return photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)


def test_download_asks_the_source_for_what_the_parameters_name(crops):
    raw = RawImages(
        name="mine",
        train_images=crops[:20],
        test_images=crops[20:24],
        train_photographs=np.arange(20, dtype=np.int32),
        test_photographs=np.arange(20, 24, dtype=np.int32),
        train_labels=np.arange(20, dtype=np.int32)[::-1],
        test_labels=np.array([4, 3, 2, 1], np.int32),
        training_only=(3,),
    )
    source = FakeSource(raw)
    parameters = ImagesParameters(source="npz", path="a.npz", name="mine")

    train, test, train_photographs, test_photographs, *labels, info = (
        nodes.download_images(source, parameters, 7)
    )

    assert source.asked == ("npz", "a.npz", "mine", 7, Cutting(), 3)
    np.testing.assert_array_equal(train, crops[:20])
    np.testing.assert_array_equal(test, crops[20:24])
    np.testing.assert_array_equal(train_photographs, np.arange(20))
    np.testing.assert_array_equal(test_photographs, np.arange(20, 24))
    np.testing.assert_array_equal(labels[0], np.arange(19, -1, -1))
    assert labels[1].tolist() == [4, 3, 2, 1]
    assert info == {
        "name": "mine",
        "n_test_in_training": 0,
        "training_only": [3],
        "files": [],
        "skipped": [],
    }


def test_a_folder_of_pictures_becomes_noisy_grey_tiles(tmp_path, photograph):
    for number in range(4):
        rows = photograph[128 * number : 128 * (number + 1)]
        Image.fromarray(rows).save(tmp_path / f"{number}.png")
    source = ImageSource(Archive(tmp_path / "none", "", "", 0), tmp_path)
    parameters = ImagesParameters(
        source="folder", path=".", name="mine", channels=1, tile=32, reduce=2
    )

    train, test, photographs, _, *labels, info = nodes.download_images(
        source, parameters, 7
    )
    sides = nodes.split_images(photographs, info, TENTH, 7)
    _, validation, clean, _ = nodes.normalize_images(train, test, *sides)
    noise = {"kind": "gaussian", "std": 0.2, "clamp": True}
    _, noisy, _ = nodes.add_noise_to_images(validation, clean, noise, 7)

    count = len(test)
    assert 8 <= count <= 16
    assert test.shape == clean.shape == noisy.shape == (count, 32, 32, 1)
    assert len({*photographs[sides[0]]}) == 2
    assert len({*photographs[sides[1]]}) == 1
    assert [array.size for array in labels] == [0, 0]
    assert [file["name"] for file in info["files"]] == [f"{n}.png" for n in range(4)]


@pytest.fixture
def leaking(crops) -> FakeSource:
    """Four test images, of which two are training images too."""
    raw = RawImages(
        name="mine",
        train_images=crops[:20],
        test_images=crops[[20, 7, 21, 0]],
        train_photographs=np.arange(20, dtype=np.int32),
        test_photographs=np.arange(20, 24, dtype=np.int32),
    )
    return FakeSource(raw)


def test_test_images_that_are_training_images_too_are_warned_of(leaking, caplog):
    parameters = ImagesParameters(source="npz", path="a.npz")

    *_, info = nodes.download_images(leaking, parameters, 7)

    assert info["n_test_in_training"] == 2
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.getMessage().startswith("2 of 4 test images are training images too")


def test_test_images_that_are_training_images_too_are_refused_on_request(leaking):
    parameters = ImagesParameters(source="npz", path="a.npz", on_leak="raise")

    with pytest.raises(nodes.ImageSourceError, match="2 of 4 test images are training"):
        nodes.download_images(leaking, parameters, 7)


def test_split_of_single_images_holds_out_the_course_report_s_5000_of_50000():
    train, validation = nodes.split_images(
        np.arange(50_000, dtype=np.int32), {"training_only": []}, TENTH, 0
    )

    assert len(validation) == 5000
    np.testing.assert_array_equal(
        np.sort(np.concatenate([train, validation])), np.arange(50_000)
    )


def test_split_is_random_and_fixed_by_its_seed():
    photographs = np.arange(500, dtype=np.int32)
    first, second, other = (
        nodes.split_images(photographs, {"training_only": []}, TENTH, seed)[1]
        for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
    # 50 indices drawn at random from 0..499: their mean is 249.5 +- 4 * 19.3.
    assert 172 < first.mean() < 327
    assert not np.array_equal(first, np.arange(first[0], first[0] + 50))


def test_split_never_divides_a_photograph():
    photographs = np.repeat(np.arange(40, dtype=np.int32), 25)
    np.random.default_rng(0).shuffle(photographs)

    train, validation = nodes.split_images(photographs, {"training_only": []}, TENTH, 0)

    assert not set(photographs[train]) & set(photographs[validation])
    assert len(validation) == 100
    assert len(train) + len(validation) == 1000


def test_split_never_holds_out_photographs_for_training_only():
    photographs = np.repeat(np.array([5, 6, 7, 8], dtype=np.int32), [700, 200, 60, 40])
    info = {"training_only": [5, 6]}

    train, validation = nodes.split_images(photographs, info, TENTH, 0)

    assert set(photographs[validation]) == {7, 8}  # 100 images: both are needed
    assert set(photographs[train]) == {5, 6}


def test_split_takes_all_that_may_serve_when_the_share_cannot_be_reached():
    photographs = np.repeat(np.array([5, 7], dtype=np.int32), [990, 10])

    train, validation = nodes.split_images(
        photographs, {"training_only": [5]}, TENTH, 0
    )

    assert len(validation) == 10
    assert len(train) == 990


def test_split_keeps_a_photograph_for_training_and_one_for_validation():
    two = np.repeat(np.array([1, 2], dtype=np.int32), 50)
    nine_tenths = SplitParameters(validation_fraction=0.9)

    train, validation = nodes.split_images(two, {"training_only": []}, nine_tenths, 0)

    assert len(train) == len(validation) == 50


def test_split_without_a_photograph_to_hold_out_is_refused():
    one_photograph = np.zeros(50, dtype=np.int32)
    two_for_training = np.arange(2, dtype=np.int32)

    with pytest.raises(nodes.ImageSourceError, match="whole photographs"):
        nodes.split_images(one_photograph, {"training_only": []}, TENTH, 0)
    with pytest.raises(nodes.ImageSourceError, match="whole photographs"):
        nodes.split_images(two_for_training, {"training_only": [0, 1]}, TENTH, 0)


def test_normalize_gives_each_split_its_own_images_exactly(crops):
    *normalized, clean = nodes.normalize_images(
        crops[:20], crops[20:24], np.array([0, 2, 19]), np.array([1, 5])
    )
    train, validation, test = map(np.asarray, normalized)

    assert train.dtype == np.float16
    np.testing.assert_array_equal(unnormalize(train), crops[[0, 2, 19]])
    np.testing.assert_array_equal(unnormalize(validation), crops[[1, 5]])
    np.testing.assert_array_equal(unnormalize(test), crops[20:24])
    assert train.min() >= -1
    assert train.max() <= 1
    assert clean == {"kind": "none", "std": 0.0, "clamp": False, "seed": 0}


def test_noise_is_of_the_std_asked_for_and_differs_between_the_sets():
    grey = np.zeros((30, 32, 32, 3), dtype=np.float16)
    parameters = {"kind": "gaussian", "std": 0.1, "clamp": True}

    *drawn, spec = nodes.add_noise_to_images(grey, grey, parameters, 4)
    validation, test = map(np.asarray, drawn)

    # The variance of 92,160 values: std 0.1 * sqrt(2 / n) of itself, five of them.
    for noisy in (validation, test):
        assert noisy.astype(np.float64).var() == pytest.approx(0.01, rel=5 * 0.00466)
    assert abs(np.corrcoef(validation.ravel(), test.ravel())[0, 1]) < 0.02
    assert spec == {"kind": "gaussian", "std": 0.1, "clamp": True, "seed": 4}


def test_images_that_are_made_in_chunks_are_those_that_are_made_at_once(
    crops, monkeypatch
):
    indices = np.array([0, 2, 3, 7, 11, 12, 19])
    kind = {"kind": "gaussian_range", "std": 0.3, "low": 0.0, "judged": [0.1, 0.2]}
    parameters = {**kind, "clamp": True}
    at_once = normalize(crops[indices])
    noise = read_noise(parameters)
    # Three images of 32x32x3 in float16.
    monkeypatch.setattr(chunked, "_AT_ONCE", 3 * 6144)

    train, *_ = nodes.normalize_images(crops[:20], crops[:1], indices, indices)
    noisy, *_ = nodes.add_noise_to_images(at_once, at_once, parameters, 4)

    for made, expected in (
        (train, at_once),
        (noisy, add_noise(at_once, noise, 4, VALIDATION_STREAM)),
    ):
        parts = list(made.chunks())
        assert [len(part) for part in parts] == [3, 3, 1]
        assert np.concatenate(parts).tobytes() == expected.tobytes()
        assert np.asarray(made).tobytes() == expected.tobytes()
