"""Pixel levels and the [-1, 1] scale."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from denoising_autoencoder.images import (
    LEVEL,
    normalize,
    to_grey,
    to_rgb,
    unnormalize,
)

LEVELS = np.arange(256, dtype=np.uint8)


def test_normalized_levels_are_float16_and_equal_the_formula_to_half_precision():
    normalized = normalize(LEVELS)

    assert normalized.dtype == np.float16
    expected = [level / 127.5 - 1 for level in range(256)]
    # Half precision has 11 significant bits, so it is off by 2^-12 near 1 at most.
    np.testing.assert_allclose(
        normalized.astype(np.float64), expected, rtol=0, atol=2**-12
    )
    assert normalized[[0, 255]].tolist() == [-1, 1]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_level_survives_the_way_there_and_back(dtype):
    exact = (np.arange(256) / 127.5 - 1).astype(dtype)

    for images in (exact, normalize(LEVELS).astype(dtype)):
        restored = unnormalize(images)

        assert restored.dtype == np.uint8
        np.testing.assert_array_equal(restored, LEVELS)


@pytest.mark.parametrize(("offset", "neighbour"), [(0.49, 0), (0.51, 1)])
def test_unnormalize_rounds_to_the_nearest_level(offset, neighbour):
    inner = np.arange(1, 255)
    above = ((inner + offset) / 127.5 - 1).astype(np.float32)
    below = ((inner - offset) / 127.5 - 1).astype(np.float32)

    np.testing.assert_array_equal(unnormalize(above), inner + neighbour)
    np.testing.assert_array_equal(unnormalize(below), inner - neighbour)


def test_values_out_of_range_are_clamped_instead_of_wrapping_around():
    outside = np.array([-np.inf, -1e6, -3.01, -1.01, 1.01, 3.01, 1e6, np.inf])

    images = outside.astype(np.float32)

    restored = unnormalize(images)

    assert restored.tolist() == [0, 0, 0, 0, 255, 255, 255, 255]
    assert images.tolist() == outside.astype(np.float32).tolist()


def test_one_level_is_the_distance_of_two_neighbours():
    normalized = normalize(LEVELS).astype(np.float64)

    assert pytest.approx((normalized[-1] - normalized[0]) / 255) == LEVEL


@pytest.mark.parametrize("function", [normalize, unnormalize])
def test_a_large_photograph_is_mapped_without_much_memory(function):
    image = np.zeros((1, 1000, 1000, 3), np.uint8 if function is normalize else "f2")
    tracemalloc.start()
    mapped = function(image)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < mapped.nbytes + 2_000_000


@pytest.mark.parametrize("shape", [(), (0, 8, 8, 3), (3,), (5, 128, 128, 3)])
def test_images_of_any_shape_go_there_and_back(shape):
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    images = np.asarray(images, np.uint8)

    there = normalize(images)

    assert there.shape == shape
    np.testing.assert_array_equal(unnormalize(there), images)


def test_an_array_that_lies_otherwise_in_memory_is_mapped_by_its_order():
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 9, 3), np.uint8)

    turned = normalize(images.transpose(0, 2, 1, 3))

    np.testing.assert_array_equal(turned, normalize(images).transpose(0, 2, 1, 3))


def test_grey_is_that_of_pillow_and_of_grey_itself():
    images = np.random.default_rng(0).integers(0, 256, (2, 150, 170, 3), np.uint8)

    grey = to_grey(images)

    assert grey.shape == (2, 150, 170, 1)
    for ours, image in zip(grey, images, strict=True):
        theirs = Image.fromarray(image).convert("L")
        np.testing.assert_array_equal(ours[..., 0], np.asarray(theirs))
    np.testing.assert_array_equal(to_grey(to_rgb(grey)), grey)
