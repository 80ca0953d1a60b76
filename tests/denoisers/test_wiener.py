"""The learned linear denoiser against closed forms and NumPy's least squares."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from denoising_autoencoder.compute.in_order import pool_of
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.wiener import WienerFilter, learn_wiener
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.noise.draw import TEST_STREAM, TRAINING_STREAM, add_noise
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.gaussian_range import GaussianRange

CLAMPED = Gaussian(kind="gaussian", std=0.3, clamp=True)


@pytest.fixture(scope="module")
def crops(photograph) -> np.ndarray:
    """Crops of 16x16 in [-1, 1]: float16."""
    crops = photograph.reshape(32, 16, 32, 16, 3).swapaxes(1, 2).reshape(-1, 16, 16, 3)
    return normalize(crops[::8])


def test_gaussian_pixels_get_wieners_closed_form():
    noise = Gaussian(kind="gaussian", std=0.2, clamp=False)
    mean = np.array([0.1, -0.2, 0.3])
    covariance = np.array([[0.09, 0.06, 0.03], [0.06, 0.08, 0.02], [0.03, 0.02, 0.05]])
    rng = np.random.default_rng(0)
    images = rng.multivariate_normal(mean, covariance, (400, 30, 30)).astype(np.float16)

    # A square of one pixel, of which the three channels say something of one another.
    (learned,) = learn_wiener(images, noise, side=1, seed=0)

    gain = covariance @ np.linalg.inv(covariance + 0.2**2 * np.eye(3))
    np.testing.assert_allclose(learned[:3].T, gain, atol=0.02)
    np.testing.assert_allclose(learned[3], mean - gain @ mean, atol=0.01)


def test_it_is_the_regression_of_clean_pixels_on_noisy_squares(crops):
    few = crops[:30]

    (learned,) = learn_wiener(few, CLAMPED, side=3, seed=5)

    noisy = add_noise(few, CLAMPED, 5, TRAINING_STREAM).astype(np.float64)
    around = np.pad(noisy, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    rows = np.arange(0, 16, 3)
    inputs = [
        np.append(around[n, y : y + 3, x : x + 3].transpose(2, 0, 1), 1)
        for n in range(30)
        for y in rows
        for x in rows
    ]
    targets = few[:, ::3, ::3].astype(np.float64).reshape(-1, 3)
    expected, *_ = np.linalg.lstsq(np.array(inputs), targets)
    np.testing.assert_allclose(learned, expected, atol=1e-3)
    # Applied to these images, it gives what it was fitted to give.
    denoised = reconstruct(WienerFilter(learned[None], CLAMPED), noisy, 0.3)
    fitted = unnormalize((np.array(inputs) @ expected).reshape(30, 6, 6, 3))
    assert np.abs(denoised[:, ::3, ::3].astype(int) - fitted).max() <= 1


def test_new_images_come_closer_to_the_clean_ones(crops):
    new, noisy = crops[100:], add_noise(crops[100:], CLAMPED, 0, TEST_STREAM)
    maps = learn_wiener(crops[:100], CLAMPED, side=7, seed=0)

    denoised = normalize(reconstruct(WienerFilter(maps, CLAMPED), noisy, 0.3))

    before, after = (
        np.mean((images.astype(np.float64) - new) ** 2) for images in (noisy, denoised)
    )
    assert after < before / 4


def test_the_bits_do_not_depend_on_the_threads(crops):
    alone = learn_wiener(crops, CLAMPED, side=5, seed=0)

    with pool_of(3) as in_order:
        together = learn_wiener(crops, CLAMPED, side=5, seed=0, in_order=in_order)

    np.testing.assert_array_equal(together, alone)


def test_equal_images_come_back_from_any_noise():
    grey = np.full((9, 12, 12, 1), 90, np.uint8)
    noisy = add_noise(normalize(grey), CLAMPED, 0, TEST_STREAM)

    maps = learn_wiener(normalize(grey), CLAMPED, side=3, seed=0)

    denoised = reconstruct(WienerFilter(maps, CLAMPED), noisy, 0.3)
    assert np.abs(denoised.astype(int) - grey).max() <= 1


def test_each_noise_level_that_is_judged_has_a_map_and_others_take_the_nearest(crops):
    noise = GaussianRange(
        kind="gaussian_range", std=0.5, low=0.0, judged=[0.5, 0.1], clamp=True
    )
    maps = learn_wiener(crops[:20], noise, side=3, seed=0)
    image = torch.rand(1, 3, 16, 16)

    denoise = WienerFilter(maps, noise)

    for std, learned in zip((0.1, 0.5), maps, strict=True):
        alone = Gaussian(kind="gaussian", std=std, clamp=True)
        (expected,) = learn_wiener(crops[:20], alone, side=3, seed=0)
        np.testing.assert_array_equal(learned, expected)
    assert torch.equal(denoise(image, 0.2), denoise(image, 0.1))
    assert not torch.equal(denoise(image, 0.4), denoise(image, 0.1))


def test_it_has_to_be_told_the_noise_level():
    denoise = WienerFilter(np.zeros((1, 28, 3), np.float32), CLAMPED)

    with pytest.raises(ProjectError, match="give sigma"):
        denoise(torch.zeros(1, 3, 8, 8))
