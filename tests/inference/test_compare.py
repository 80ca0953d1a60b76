"""Before and after, where there is most to see."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from denoising_autoencoder.inference.compare import (
    busiest_halves,
    busiest_region,
    comparison,
)


def test_the_busiest_region_is_found():
    pixels = np.zeros((1000, 1300, 1), np.uint8)
    pixels[550:900:2, 850:1200] = 255

    top, left = busiest_region(pixels, 400)

    assert top <= 550
    assert top + 400 >= 900
    assert left <= 850
    assert left + 400 >= 1200
    before, after = busiest_halves(pixels + 1, pixels)
    np.testing.assert_array_equal(after, pixels[top : top + 400, left : left + 400])
    np.testing.assert_array_equal(before, after + 1)


def test_noise_does_not_hide_the_busiest_region():
    """A texture in the dark, where half of the noise is clipped away."""
    pixels = np.full((1000, 1300, 1), 128.0)
    pixels[:, 650:] = 10
    pixels[500:900, 850:1250] += 30 * (np.arange(400) // 5 % 2)[:, None, None]
    pixels += np.random.default_rng(0).normal(0, 25, pixels.shape)

    assert busiest_region(pixels.clip(0, 255).astype(np.uint8), 400) == (500, 850)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 1), (60, 49, 3), (400, 450, 1)])
def test_a_small_picture_is_shown_as_far_as_it_goes(shape):
    assert busiest_region(np.ones(shape, np.float32), 400) == (0, 0)


@pytest.mark.parametrize(
    ("dtype", "value_range"), [("uint8", (0, 255)), ("uint16", (0, 65535))]
)
def test_pixels_are_shown_one_to_one(dtype, value_range):
    levels = np.arange(120 * 100).reshape(120, 100, 1) % 251
    before = (levels * (value_range[1] // 255)).astype(dtype)

    sheet = np.asarray(
        Image.open(io.BytesIO(comparison((before, before), value_range, ["größe.png"])))
    )

    np.testing.assert_array_equal(sheet[:120, :100], levels.repeat(3, 2))
    np.testing.assert_array_equal(sheet[:120, 108:208], levels.repeat(3, 2))
    assert (sheet[:120, 100:108] == 255).all()
    assert (sheet[120:] == 0).any(), "no caption"


def test_floats_are_shown_within_their_range():
    pixels = np.array([[[-2.0], [0.0], [2.0]]], np.float32)

    sheet = np.asarray(
        Image.open(io.BytesIO(comparison((pixels, pixels), (-1.0, 1.0), [])))
    )

    assert sheet[0, :3, 0].tolist() == [0, 128, 255]
