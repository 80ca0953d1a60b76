"""The strength of noise, estimated from a noisy picture."""

from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.noise.estimate import estimate_sigma

LEVELS = (0, 255)


def scene(channels: int, height: int = 160, width: int = 201) -> np.ndarray:
    """A ramp from dark to light, half of it under a texture."""
    row, column = np.mgrid[:height, :width]
    ramp = 20 + 215 * column / width
    texture = 20 * np.sin(row * column / 40) * (row > height / 2)
    tints = np.linspace(-10, 10, channels) if channels > 1 else np.zeros(1)
    return (ramp + texture)[..., None] + tints


def noisy(clean: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(7).normal(0, sigma, clean.shape)
    return np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("sigma", [2, 5, 25, 50, 75])
def test_the_estimate_is_the_noise_before_it_was_clamped(sigma, channels):
    estimate = estimate_sigma(noisy(scene(channels), sigma), LEVELS)

    assert estimate == pytest.approx(sigma, rel=0.06)


def test_a_dark_picture_whose_noise_is_half_cut_off_keeps_its_estimate():
    pixels = noisy(scene(3) * 0.1, 30)

    assert (pixels == 0).mean() > 0.3
    assert estimate_sigma(pixels, LEVELS) == pytest.approx(30, rel=0.06)


def test_what_is_overexposed_says_nothing():
    pixels = noisy(scene(3), 15)
    pixels[:, :130] = 255

    assert estimate_sigma(pixels, LEVELS) == pytest.approx(15, rel=0.06)


def test_other_depths_are_measured_in_levels_of_255_of_their_range():
    pixels = noisy(scene(3), 15)
    expected = estimate_sigma(pixels, LEVELS)

    deep = estimate_sigma(pixels.astype(np.uint16) * 257, (0, 65535))
    floats = estimate_sigma(pixels / np.float32(51) - 3, (-3, 2))

    assert (deep, floats) == pytest.approx((expected, expected), abs=0.02)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((40, 50, 3), 93, np.uint8),
        np.full((40, 50, 3), 255, np.uint8),
        # Too small for any estimate.
        noisy(scene(1, 7, 300), 25),
        noisy(scene(3, 300, 1), 25),
    ],
)
def test_a_constant_or_tiny_picture_has_no_noise(pixels):
    assert estimate_sigma(pixels, LEVELS) == 0


def test_the_smallest_pictures_are_estimated_roughly():
    flat = noisy(np.full((80, 80, 3), 128.0), 25)
    blocks = [flat[i : i + 8, i : i + 8] for i in range(0, 80, 8)]

    estimates = [estimate_sigma(block, LEVELS) for block in blocks]

    assert np.mean(estimates) == pytest.approx(25, rel=0.15)
    assert min(estimates) > 12


def test_a_large_picture_is_looked_at_on_a_grid_and_always_the_same_way():
    tile = noisy(scene(3), 25)
    large = np.broadcast_to(tile[None, :, None], (15, 160, 15, 201, 3))
    large = large.reshape(15 * 160, 15 * 201, 3)

    estimates = {estimate_sigma(large, LEVELS) for _ in range(2)}

    assert len(estimates) == 1
    assert estimates.pop() == pytest.approx(25, rel=0.03)
