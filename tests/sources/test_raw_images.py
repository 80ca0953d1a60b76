from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.images import to_grey
from denoising_autoencoder.sources.raw_images import RawImages, one_photograph_each

ONE_LABEL = np.array([5], np.int32)


def build(**changes: Any) -> RawImages:
    fields: dict[str, Any] = {
        "name": "some",
        "train_images": np.zeros((2, 8, 8, 3), np.uint8),
        "test_images": np.zeros((1, 8, 8, 3), np.uint8),
        "train_photographs": np.array([0, 1], np.int32),
        "test_photographs": np.array([2], np.int32),
    }
    return RawImages(**{**fields, **changes})


def test_test_photographs_follow_the_training_photographs():
    train, test = one_photograph_each(3, 2)

    assert train.tolist() == [0, 1, 2]
    assert test.tolist() == [3, 4]
    assert train.dtype == test.dtype == np.int32


def test_good_arrays_are_taken_as_they_are():
    assert build(training_only=(1,)).training_only == (1,)
    assert build().training_only == ()
    assert build().train_labels.tolist() == build().test_labels.tolist() == []
    labels = np.array([5, 0], np.int32)
    assert build(train_labels=labels, test_labels=ONE_LABEL).train_labels is labels


def test_colours_become_grey_and_grey_stays_grey():
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)
    raw = build(train_images=images[:2], test_images=images[2:])

    grey = raw.in_channels(1)

    assert raw.in_channels(3) is raw
    assert grey.in_channels(1) is grey
    assert grey.test_images.shape == (1, 8, 8, 1)
    np.testing.assert_array_equal(grey.train_images, to_grey(images[:2]))
    assert grey.train_photographs is raw.train_photographs
    assert grey.train_labels is raw.train_labels


def test_grey_images_do_not_become_colours():
    grey = build().in_channels(1)

    with pytest.raises(ImageSourceError, match=r"are grey: add images\.channels=1"):
        grey.in_channels(3)


def test_test_images_that_are_training_images_too_are_counted():
    images = np.random.default_rng(0).integers(0, 256, (9, 8, 9, 3), np.uint8)
    near = images[2].copy()
    near[7, 8, 2] ^= 1
    raw = build(
        train_images=np.asfortranarray(images[:5]),
        test_images=np.stack([images[6], images[1], near, images[4], images[1]]),
        train_photographs=np.arange(5, dtype=np.int32),
        test_photographs=np.arange(5, 10, dtype=np.int32),
    )

    assert raw.count_test_in_training() == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train_images": np.zeros((2, 8, 8, 3), np.float32)},
            r"train_images are float32 of shape \(2, 8, 8, 3\), not uint8",
        ),
        (
            {"test_images": np.zeros((1, 3, 8, 8), np.uint8)},
            r"test_images are uint8 of shape \(1, 3, 8, 8\), not uint8 of shape",
        ),
        (
            {"test_images": np.zeros((1, 8, 9, 3), np.uint8)},
            "differ in height, width or channels",
        ),
        (
            {"train_photographs": np.array([0, 1])},
            r"train_photographs are int64 of shape \(2,\), not int32",
        ),
        (
            {"test_photographs": np.array([2, 3], np.int32)},
            r"test_photographs are int32 of shape \(2,\), not int32 of shape \(1,\)",
        ),
        (
            {"test_photographs": np.array([1], np.int32)},
            "Photograph 1 has images for training and for testing",
        ),
        ({"training_only": (2,)}, "names photograph 2, which has no images"),
        (
            {"train_labels": np.array([0, 1]), "test_labels": ONE_LABEL},
            r"train_labels are int64 of shape \(2,\), not int32",
        ),
        (
            {"train_labels": ONE_LABEL, "test_labels": ONE_LABEL},
            r"train_labels are int32 of shape \(1,\), not int32 of shape \(2,\), or",
        ),
        (
            {"train_labels": np.array([3, -1], np.int32), "test_labels": ONE_LABEL},
            "train_labels has the negative label -1",
        ),
        ({"test_labels": ONE_LABEL}, "Only one of train_labels and test_labels has"),
    ],
)
def test_arrays_that_would_be_misread_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        build(**changes)
