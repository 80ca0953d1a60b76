from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.sources.request import Cutting
from denoising_autoencoder.sources.tiles import count_tiles, cut_tiles, to_8_bits


def noise(*shape: int, dtype: str = "uint8") -> np.ndarray:
    high = np.iinfo(dtype).max
    return np.random.default_rng(0).integers(0, high, shape, dtype, endpoint=True)


@pytest.mark.parametrize(
    ("cutting", "corners"),
    [
        (Cutting(8), [(0, 0), (0, 8), (8, 0), (8, 8)]),
        (Cutting(8, stride=12), [(0, 0), (0, 12)]),
        (Cutting(16, stride=3), [(0, 0), (0, 3), (0, 6), (3, 0), (3, 3), (3, 6)]),
    ],
)
def test_tiles_are_squares_at_the_stride_from_the_top_left(cutting, corners):
    picture = noise(19, 23, 3)
    side = cutting.tile

    tiles = np.concatenate([*cut_tiles(picture, (0, 255), cutting)])

    assert len(tiles) == count_tiles(19, 23, cutting) == len(corners)
    for tile, (top, left) in zip(tiles, corners, strict=True):
        np.testing.assert_array_equal(
            tile, picture[top : top + side, left : left + side]
        )


def test_flat_tiles_are_left_out():
    picture = noise(16, 16, 3)
    picture[:8, 8:] = [200, 90, 10]  # a plain colour

    tiles = np.concatenate([*cut_tiles(picture, (0, 255), Cutting(8))])

    expected = [picture[:8, :8], picture[8:, :8], picture[8:, 8:]]
    np.testing.assert_array_equal(tiles, expected)


def test_grey_is_repeated_for_the_colours():
    picture = noise(8, 8, 1)

    (tiles,) = cut_tiles(picture, (0, 255), Cutting(8))

    np.testing.assert_array_equal(tiles[0], np.dstack([picture[..., 0]] * 3))


def test_16_bits_are_divided_by_257_and_rounded():
    every = np.arange(2**16, dtype=np.uint16).reshape(256, 256, 1)

    rounded = to_8_bits(every, (0, 65535))

    np.testing.assert_array_equal(rounded, np.rint(every / 257))
    assert (rounded[0, 0, 0], rounded[-1, -1, 0]) == (0, 255)


def test_floats_are_scaled_from_black_to_white():
    picture = np.array([-0.5, 0, 0.499 / 255, 0.501 / 255, 1.5], np.float32)

    levels = to_8_bits(picture.reshape(1, 5, 1), (0.0, 1.0)).ravel()
    stretched = to_8_bits(picture.reshape(1, 5, 1), (-0.5, 1.5)).ravel()

    assert levels.tolist() == [0, 0, 0, 1, 255]
    assert stretched.tolist() == [0, 64, 64, 64, 255]


@pytest.mark.parametrize(("dtype", "scale"), [("uint8", 1), ("uint16", 257)])
def test_a_reduced_picture_has_the_rounded_mean_of_each_square(dtype, scale):
    picture = noise(13, 11, 3, dtype=dtype)
    squares = picture[:12, :9].reshape(4, 3, 3, 3, 3).mean(axis=(1, 3))

    reduced = to_8_bits(picture, (0, 0), 3)

    # Halves are rounded up.
    np.testing.assert_array_equal(reduced, np.floor(squares / scale + 0.5))


def test_a_tile_of_a_reduced_picture_covers_more_of_it():
    picture = noise(34, 17, 3)
    cutting = Cutting(8, reduce=2)

    tiles = np.concatenate([*cut_tiles(picture, (0, 255), cutting)])

    assert count_tiles(34, 17, cutting) == len(tiles) == 2
    np.testing.assert_array_equal(tiles[1], to_8_bits(picture, (0, 255), 2)[8:16])
