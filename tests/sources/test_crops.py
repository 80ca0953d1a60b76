from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.sources.crops import (
    Box,
    cut,
    disjoint_boxes,
    is_flat,
    random_boxes,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def coordinates(height: int, width: int) -> np.ndarray:
    """A photograph whose every pixel says where it is."""
    rows, columns = np.indices((height, width))
    return np.stack([rows % 256, columns % 256, rows // 256], -1).astype(np.uint8)


def test_a_crop_at_scale_1_is_the_pixels_themselves():
    photograph = coordinates(300, 100)

    crop = cut(photograph, Box(top=260, left=7, side=32))

    np.testing.assert_array_equal(crop, photograph[260:292, 7:39])


def test_a_crop_at_scale_2_is_the_rounded_mean_of_each_square():
    photograph = np.zeros((64, 64, 3), dtype=np.uint8)
    photograph[2:4, 4:6] = np.array([[0, 1], [2, 4]])[..., None]

    crop = cut(photograph, Box(0, 0, 64))

    assert crop[1, 2].tolist() == [2, 2, 2]  # of 1.75
    assert crop.sum() == 6


def test_white_stays_white_at_every_scale():
    photograph = np.full((128, 128, 3), 255, dtype=np.uint8)

    for scale in (1, 2, 3, 4):
        assert (cut(photograph, Box(0, 0, 32 * scale)) == 255).all()


@pytest.mark.parametrize(("contrast", "flat"), [(0, True), (11, True), (13, False)])
def test_a_crop_is_flat_below_a_deviation_of_12_about_its_own_colour(contrast, flat):
    crop = np.full((32, 32, 3), [220, 20, 60], dtype=np.uint8)
    crop[::2] += np.uint8(contrast)
    crop[1::2] -= np.uint8(contrast)

    assert is_flat(crop) == flat


def test_random_boxes_reach_every_border_and_cross_none(rng):
    boxes = list(random_boxes(65, 66, (1, 2), 2000, rng))

    assert len(boxes) == 2000
    for side in (32, 64):
        tops = {box.top for box in boxes if box.side == side}
        lefts = {box.left for box in boxes if box.side == side}
        assert tops == set(range(65 - side + 1))
        assert lefts == set(range(66 - side + 1))


@pytest.mark.parametrize("scales", [(1, 2, 3), (2, 3), (1,)])
@pytest.mark.parametrize("seed", range(5))
def test_disjoint_boxes_share_no_pixel_and_stay_inside(scales, seed):
    uses = np.zeros((300, 451), dtype=int)

    boxes = disjoint_boxes(300, 451, scales, np.random.default_rng(seed))

    for top, left, side in boxes:
        assert top + side <= 300
        assert left + side <= 451
        uses[top : top + side, left : left + side] += 1
    assert uses.max() == 1
    assert {box.side for box in boxes} == {32 * scale for scale in scales}


def test_disjoint_boxes_fill_every_cell_where_scale_1_is_allowed(rng):
    boxes = disjoint_boxes(300, 451, (1, 2, 3), rng)

    assert sum((box.side // 32) ** 2 for box in boxes) == 9 * 14


def test_disjoint_boxes_share_the_area_among_scales_and_come_widest_first(rng):
    boxes = disjoint_boxes(640, 640, (1, 2, 3), rng)

    sides = [box.side for box in boxes]
    assert sides == sorted(sides, reverse=True)
    assert sides.count(96) == 400 // 3 // 9
    assert sides.count(64) == (400 - 14 * 9) // 2 // 4
