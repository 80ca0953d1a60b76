"""The distribution of noise, and what it depends on."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from scipy import stats

from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.draw import (
    add_noise,
    add_noise_to_batch,
    add_noise_to_images,
)
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.gaussian_range import GaussianRange
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.noise.table import read_noise

CONFIDENCE = 0.999
STREAM = 1


def gaussian(std: float = 0.3, clamp: bool = False) -> Gaussian:
    return Gaussian(kind="gaussian", std=std, clamp=clamp)


def constant(value: float, count: int) -> np.ndarray:
    return np.full((count, 32, 32, 3), value, np.float32)


def some_images(count: int) -> np.ndarray:
    generator = np.random.default_rng(11)
    return generator.uniform(-1, 1, (count, 8, 6, 3)).astype(np.float32)


def generator_of(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def assert_variance(values: np.ndarray, expected: float) -> None:
    """(n - 1) s^2 / sigma^2 of normal values follows chi-square with n - 1 degrees."""
    degrees = values.size - 1
    low, high = stats.chi2.interval(CONFIDENCE, degrees)
    statistic = degrees * values.var(ddof=1, dtype=np.float64) / expected
    assert low < statistic < high


def assert_mean(values: np.ndarray, expected: float, std: float) -> None:
    bound = stats.norm.ppf((1 + CONFIDENCE) / 2) * std / math.sqrt(values.size)
    assert abs(values.mean(dtype=np.float64) - expected) < bound


def assert_share(hits: np.ndarray, expected: float, slack: float = 0.0) -> None:
    """A share of n independent values is binomial."""
    deviation = math.sqrt(expected * (1 - expected) / hits.size)
    bound = stats.norm.ppf((1 + CONFIDENCE) / 2) * deviation + slack
    assert abs(hits.mean() - expected) < bound


def assert_uncorrelated(a: np.ndarray, b: np.ndarray) -> None:
    """The correlation of n independent pairs has a deviation of 1 / sqrt(n)."""
    correlation = np.corrcoef(a.ravel(), b.ravel())[0, 1]
    assert abs(correlation) < 4 / math.sqrt(a.size)


# Noise drawn once per image


@pytest.mark.parametrize("std", [0.1, 0.31623, 1.5])
def test_noise_on_images_is_normal_with_the_variance_asked_for(std):
    noisy = add_noise(constant(0.25, 100), gaussian(std), 0, STREAM).astype(np.float64)

    noise = noisy - 0.25
    assert_variance(noise, std**2)
    assert_mean(noise, 0, std)
    for sigmas in (1, 2, 3):
        beyond = 2 * stats.norm.sf(sigmas)
        # The slack is for the rounding to half precision.
        assert_share(np.abs(noise) > sigmas * std, beyond, slack=1e-3)


def test_noise_is_added_to_the_image_instead_of_replacing_it():
    images = some_images(4)

    noisy = add_noise(images, gaussian(1e-3), 0, STREAM)

    # Five deviations, and the rounding to half precision.
    np.testing.assert_allclose(noisy, images, rtol=0, atol=5.5e-3)
    assert not np.array_equal(noisy, images.astype(np.float16))


def test_noise_differs_between_images_pixels_and_channels():
    noise = add_noise(constant(0, 20), gaussian(), 0, STREAM).astype(np.float64)

    assert_uncorrelated(noise[..., 0], noise[..., 1])
    assert_uncorrelated(noise[..., 1], noise[..., 2])
    assert_uncorrelated(noise[:, 1:], noise[:, :-1])
    assert_uncorrelated(noise[:, :, 1:], noise[:, :, :-1])
    assert_uncorrelated(noise[1:], noise[:-1])


def test_clamped_noise_is_cut_at_the_ends_of_the_range_and_other_noise_is_not():
    images = some_images(20)

    clamped = add_noise(images, gaussian(0.8, clamp=True), 0, STREAM)
    free = add_noise(images, gaussian(0.8), 0, STREAM)

    assert np.abs(free).max() > 1.5
    np.testing.assert_array_equal(clamped, np.clip(free, -1, 1))


def test_noise_on_an_image_does_not_depend_on_how_many_images_there_are():
    images = some_images(10)

    few = add_noise(images[:3], gaussian(), 0, STREAM)
    many = add_noise(images, gaussian(), 0, STREAM)

    np.testing.assert_array_equal(few, many[:3])


@pytest.mark.parametrize(
    ("seed", "stream"), [(0, STREAM + 1), (1, STREAM), (STREAM, 0)]
)
def test_noise_differs_between_seeds_and_between_streams(seed, stream):
    images = constant(0, 6)

    first = add_noise(images, gaussian(), 0, STREAM).astype(np.float64)
    other = add_noise(images, gaussian(), seed, stream).astype(np.float64)

    assert_uncorrelated(first, other)
    # Nor is it the same noise on other images.
    assert_uncorrelated(first[1:], other[:-1])
    assert_uncorrelated(first[:-1], other[1:])


def test_drawing_noise_does_not_touch_numpy_s_global_generator():
    np.random.seed(3)  # noqa: NPY002, the very generator that is looked at
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002

    add_noise(some_images(2), gaussian(), 0, STREAM)

    assert np.random.random() == expected  # noqa: NPY002


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_noisy_images_are_float16_and_the_clean_ones_stay(dtype):
    images = some_images(3).astype(dtype)
    before = images.copy()

    noisy = add_noise(images, gaussian(clamp=True), 0, STREAM)

    assert noisy.dtype == np.float16
    assert noisy.shape == images.shape
    np.testing.assert_array_equal(images, before)


def test_a_clean_specification_adds_nothing_to_images():
    images = some_images(3).astype(np.float16)

    np.testing.assert_array_equal(add_noise(images, Clean(), 0, STREAM), images)


# The specification


@pytest.mark.parametrize(
    ("spec", "phrase"),
    [
        (
            gaussian(0.31623, clamp=True),
            "Gaussian noise of std 0.316 (variance 0.1), clamped to [-1, 1]",
        ),
        (gaussian(0.1), "Gaussian noise of std 0.1 (variance 0.01), not clamped"),
        (Clean(), "clean input"),
    ],
)
def test_a_specification_is_described_with_its_deviation_and_its_variance(spec, phrase):
    assert spec.describe() == phrase


@pytest.mark.parametrize("noise", [gaussian(0.2, clamp=True), Clean()])
def test_a_saved_specification_gives_the_same_noise(noise):
    saved = json.loads(json.dumps({**noise.model_dump(), "seed": 9}))

    assert read_noise(saved) == noise


def test_a_field_that_is_null_counts_as_left_out():
    values = {"kind": "gaussian", "std": 0.2, "clamp": True, "peak": None}

    assert read_noise(values) == gaussian(0.2, clamp=True)


def test_another_strength_changes_nothing_else():
    assert gaussian(0.2, clamp=True).at(0.5) == gaussian(0.5, clamp=True)


# Noise drawn afresh for each batch


def add_to_batch(
    batch: torch.Tensor, noise: Noise, generator: torch.Generator
) -> torch.Tensor:
    stds = noise.draw_stds(torch.empty(len(batch)), generator)
    return add_noise_to_batch(batch, noise, stds, generator)


def test_batch_noise_is_normal_with_the_variance_asked_for():
    batch = torch.full((64, 32, 32, 3), 0.25)

    noisy = add_to_batch(batch, gaussian(0.31623), generator_of(0))

    noise = noisy.double().numpy() - 0.25
    assert_variance(noise, 0.31623**2)
    assert_mean(noise, 0, 0.31623)
    assert_share(np.abs(noise) > 0.31623, 2 * stats.norm.sf(1))
    assert_uncorrelated(noise[1:], noise[:-1])
    assert_uncorrelated(noise[:, 1:], noise[:, :-1])
    assert_uncorrelated(noise[..., 0], noise[..., 1])


def test_batch_noise_depends_only_on_the_state_of_its_generator():
    batch, generator = torch.zeros(8, 32, 32, 3), generator_of(7)

    first = add_to_batch(batch, gaussian(), generator)
    second = add_to_batch(batch, gaussian(), generator)
    torch.manual_seed(99)
    same = add_to_batch(batch, gaussian(), generator_of(7))

    assert torch.equal(first, same)
    assert_uncorrelated(first.double().numpy(), second.double().numpy())


def test_batch_noise_is_clamped_only_if_asked_and_the_batch_stays():
    batch = torch.from_numpy(some_images(8))
    before = batch.clone()

    free = add_to_batch(batch, gaussian(0.8), generator_of(0))
    clamped = add_to_batch(batch, gaussian(0.8, clamp=True), generator_of(0))

    assert free.abs().max() > 1.5
    assert torch.equal(clamped, free.clamp(-1, 1))
    assert clamped.is_contiguous()
    assert torch.equal(batch, before)


def test_a_clean_batch_stays_clean_and_draws_nothing():
    batch, generator = torch.from_numpy(some_images(2)), generator_of(0)
    state = generator.get_state()

    clean = add_to_batch(batch, Clean(), generator)

    assert torch.equal(clean, torch.from_numpy(some_images(2)))
    assert torch.equal(generator.get_state(), state)


@pytest.mark.parametrize("clamp", [True, False])
def test_noise_by_seed_is_that_of_the_seed_on_top_of_the_image(clamp):
    noise = gaussian(0.5, clamp)
    batch = torch.linspace(-1, 1, 2 * 8 * 8 * 3).reshape(2, 8, 8, 3)

    noisy = add_noise_to_images(batch, noise, torch.full((2,), 0.5), [(1, 2), (3, 4)])

    fields = [
        np.random.default_rng(seed).standard_normal((8, 8, 3), np.float32)
        for seed in ((1, 2), (3, 4))
    ]
    expected = batch.numpy() + 0.5 * np.stack(fields)
    if clamp:
        expected = expected.clip(-1, 1)
    np.testing.assert_allclose(noisy.numpy(), expected, rtol=1e-5, atol=1e-6)


# Noise of any strength in a range


def in_a_range(**changes: object) -> GaussianRange:
    values = {"std": 0.6, "low": 0.2, "judged": [0.1, 0.3], "clamp": False}
    return read_noise({"kind": "gaussian_range", **values, **changes})


def test_each_training_image_has_a_strength_of_its_own_which_is_uniform():
    noise, generator = in_a_range(), generator_of(0)
    batch = torch.zeros(2000, 16, 16, 1)

    stds = noise.draw_stds(torch.empty(len(batch)), generator)
    noisy = add_noise_to_batch(batch, noise, stds, generator)

    assert stats.kstest(stds, stats.uniform(0.2, 0.4).cdf).pvalue > 1 - CONFIDENCE
    measured = noisy.std(dim=(1, 2, 3)) / stds
    assert measured.mean() == pytest.approx(1, abs=0.01)
    assert measured.std() < 0.06  # 1 / sqrt(2 x 256) = 0.044, if each has its own


def test_the_strengths_of_judged_images_come_in_turn():
    noise = in_a_range()

    noisy = add_noise(constant(0, 5), noise, 0, STREAM).astype(np.float64)

    np.testing.assert_array_equal(noise.judged_stds(5), [0.1, 0.3, 0.1, 0.3, 0.1])
    for image, std in zip(noisy, noise.judged_stds(5), strict=True):
        assert_variance(image, std**2)


def test_a_range_says_its_sigmas_in_grey_levels():
    noise = in_a_range(std=75 / 127.5, low=0, judged=[15 / 127.5, 50 / 127.5])

    text = "Gaussian noise of sigma 0 to 75 of 255 (here 15, 50), not clamped"
    assert noise.describe() == text
    assert noise.at(0.3) == gaussian(0.3)


def test_a_range_that_is_empty_is_refused():
    with pytest.raises(ValueError, match=r"low = 0.6 is not below noise.std = 0.6"):
        in_a_range(low=0.6)
