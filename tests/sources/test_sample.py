from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources import sample
from denoising_autoencoder.sources.crops import Box
from denoising_autoencoder.sources.photographs import Photograph
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.request import Archive, Request
from denoising_autoencoder.sources.sample import read

Boxes = dict[str, list[Box]]
ARCHIVE = Archive(Path("not read"), "", "", 0)


@pytest.fixture(scope="module")
def cut_sample() -> tuple[RawImages, Boxes, dict[str, tuple[int, int]]]:
    """The sample of seed 0, with the boxes cut from each file and the files' sizes."""
    views: dict[int, str] = {}
    boxes: Boxes = defaultdict(list)
    sizes = {}
    kept = []  # holds the views, so that no two have one id
    read_view, cut = Photograph._read_view, sample.cut

    def noting_view(self, name):
        view = read_view(self, name)
        kept.append(view)
        views[id(view)] = name
        sizes[name] = view.shape[:2]
        return view

    def noting_cut(view, box):
        boxes[views[id(view)]].append(box)
        return cut(view, box)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Photograph, "_read_view", noting_view)
        patch.setattr(sample, "cut", noting_cut)
        return read(Request(ARCHIVE, seed=0)), boxes, sizes


@pytest.fixture(scope="module")
def raw(cut_sample) -> RawImages:
    return cut_sample[0]


def test_it_is_named_and_sized_as_promised(raw):
    assert raw.name == "sample photographs"
    assert raw.train_images.shape[1:] == (32, 32, 3)
    assert np.isin(raw.train_photographs, raw.training_only).sum() == 4000
    assert len(raw.train_images) - 4000 >= 100
    assert len(raw.test_images) >= 100


def test_overlapping_crops_come_first_and_never_serve_for_validation(raw):
    for_training_only = np.isin(raw.train_photographs, raw.training_only)

    assert for_training_only[:4000].all()
    assert not for_training_only[4000:].any()


def test_no_photograph_is_on_two_sides(raw):
    train, validation = raw.train_photographs[:4000], raw.train_photographs[4000:]

    assert set(train.tolist()) == {0, 1, 2, 3, 4}
    assert set(validation.tolist()) == {5, 6}
    assert set(raw.test_photographs.tolist()) == {7, 8}
    roles = [*sample.TRAINING, *sample.VALIDATION, *sample.TEST]
    files = [name for photograph in roles for name in photograph.names]
    assert len(set(files)) == len(files) == 10


@pytest.mark.parametrize("photograph", [*sample.VALIDATION, *sample.TEST])
def test_crops_for_judging_share_no_pixel(cut_sample, photograph):
    _, boxes, sizes = cut_sample
    (name,) = photograph.names
    uses = np.zeros(sizes[name], dtype=int)

    for top, left, side in boxes[name]:
        uses[top : top + side, left : left + side] += 1

    assert uses.max() == 1
    assert len({box.side for box in boxes[name]}) >= 2


def test_the_stereo_pair_is_one_photograph_of_two_views(cut_sample):
    raw, boxes, _ = cut_sample
    motorcycle = list(sample.TRAINING).index(sample.shipped.MOTORCYCLE)

    assert np.count_nonzero(raw.train_photographs == motorcycle) == 2000
    assert len(boxes["motorcycle_left.png"]) >= 1000
    assert len(boxes["motorcycle_right.png"]) >= 1000


def test_jpeg_photographs_are_never_cut_at_full_resolution(cut_sample):
    _, boxes, _ = cut_sample
    narrowest = {name: min(box.side for box in boxes[name]) for name in boxes}

    assert {side for name, side in narrowest.items() if name.endswith(".jpg")} == {64}
    assert {side for name, side in narrowest.items() if name.endswith(".png")} == {32}


@pytest.mark.parametrize("part", ["train_images", "test_images"])
def test_no_crop_is_flatter_than_cifar10s_flattest(raw, part):
    images = getattr(raw, part).astype(float)

    deviation = np.sqrt(images.var(axis=(1, 2)).mean(axis=1))

    assert deviation.min() >= 12 - 1e-3


def test_flat_crops_were_dropped_from_those_for_judging(cut_sample):
    raw, boxes, _ = cut_sample

    cut = sum(len(boxes[photograph.names[0]]) for photograph in sample.TEST)

    assert len(raw.test_images) < cut


def test_the_first_ten_test_images_alternate_between_photographs(raw):
    assert raw.test_photographs[:10].tolist() == [7, 8] * 5


def test_one_seed_gives_the_same_images_again(raw):
    again = read(Request(ARCHIVE, seed=0))

    np.testing.assert_array_equal(again.train_images, raw.train_images)
    np.testing.assert_array_equal(again.test_images, raw.test_images)


def test_another_seed_trains_on_other_crops_and_is_judged_on_the_same(raw):
    other = read(Request(ARCHIVE, seed=1))

    same = (other.train_images[:4000] == raw.train_images[:4000]).all(axis=(1, 2, 3))
    assert same.mean() < 0.01
    np.testing.assert_array_equal(other.train_images[4000:], raw.train_images[4000:])
    np.testing.assert_array_equal(other.test_images, raw.test_images)


def test_a_photograph_that_a_release_no_longer_ships_is_one_sentence(monkeypatch):
    monkeypatch.setattr(sample, "TEST", (Photograph(("gone.png",)),))

    with pytest.raises(ImageSourceError, match=r"gone\.png cannot be read from") as e:
        read(Request(ARCHIVE, seed=0))

    assert "installed skimage: " in str(e.value)


def test_a_photograph_too_flat_to_cut_is_an_error_and_not_a_loop(monkeypatch):
    def read_grey(self):
        return [np.full((96, 96, 3), 128, dtype=np.uint8)]

    monkeypatch.setattr(Photograph, "read", read_grey)
    monkeypatch.setattr(sample, "TRAINING", {Photograph(("sky.png",)): 10})

    with pytest.raises(ImageSourceError, match=r"sky\.png is too flat to cut 10"):
        read(Request(ARCHIVE, seed=0))
