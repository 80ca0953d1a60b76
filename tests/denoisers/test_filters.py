"""Each filter on images that are known in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from denoising_autoencoder.denoisers.filters import build as module
from denoising_autoencoder.denoisers.filters.build import build_filter, is_available
from denoising_autoencoder.denoisers.filters.kind import FilterKind
from denoising_autoencoder.denoisers.filters.options import FilterGrids
from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.validation import Block

OPTIONS: dict[str, dict[str, Any]] = {
    "gaussian": {"sigma": 0.8},
    "median": {"size": 3},
    "bilateral": {"color_factor": 3.0, "sigma_spatial": 1.0},
    "nlm": {"h_factor": 0.8, "patch_size": 3, "patch_distance": 2, "fast_mode": True},
    "tv": {"weight_factor": 0.7},
    "wavelet": {
        "rule": "BayesShrink", "sigma_factor": 1.0, "wavelet": "db1", "levels": 2,
        "shifts": 1, "ycbcr": True,
    },
    "bm3d": {"sigma_factor": 1.0, "nf": 8},
}  # fmt: skip

STD = 0.3

Filter = Callable[[np.ndarray], np.ndarray]

every_method = pytest.mark.parametrize("method", FILTERS)


def build(method: str, std: float = STD, **changes: Any) -> Filter:
    """A filter of single images: float32, (height, width, 3), in [-1, 1]."""
    denoiser = build_filter(method, **(OPTIONS[method] | changes))

    def filtered(image: np.ndarray) -> np.ndarray:
        batch = torch.from_numpy(image[None]).permute(0, 3, 1, 2)
        return denoiser(batch, std)[0].permute(1, 2, 0).numpy()

    return filtered


@pytest.fixture(scope="module")
def smooth() -> np.ndarray:
    """Slow waves in three channels: float32, (24, 20, 3), in [-0.6, 0.6]."""
    row, column = np.mgrid[0:24, 0:20] / 8
    waves = [np.sin(row + column), np.cos(row - column), np.sin(column)]
    return 0.6 * np.stack(waves, axis=-1).astype(np.float32)


@pytest.fixture(scope="module")
def noisy(smooth) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, STD, smooth.shape)
    return np.clip(smooth + noise, -1, 1).astype(np.float32)


def mse(image: np.ndarray, original: np.ndarray) -> float:
    return float(np.square(image.astype(np.float64) - original).mean())


@every_method
def test_most_of_the_noise_on_a_smooth_image_is_removed(method, noisy, smooth):
    denoised = build(method)(noisy)

    assert mse(denoised, smooth) < 0.45 * mse(noisy, smooth)


@every_method
def test_a_grey_image_is_denoised_as_well(method, noisy, smooth):
    denoised = build(method)(noisy[..., :1])

    assert denoised.shape == (24, 20, 1)
    assert mse(denoised, smooth[..., :1]) < 0.45 * mse(noisy[..., :1], smooth[..., :1])


@every_method
@pytest.mark.parametrize("levels", [(-1, -1, -1), (0.25, 0.25, 0.25), (1, -0.5, 0)])
def test_an_image_of_one_colour_stays_as_it_is(method, levels):
    image = np.full((16, 16, 3), levels, np.float32)

    np.testing.assert_allclose(build(method)(image), image, atol=1e-5)


@every_method
def test_values_beyond_the_range_are_clipped(method):
    image = np.full((16, 16, 3), 1.5, np.float32)

    assert build(method)(image).max() <= 1


def test_a_filter_sees_each_image_channels_last_on_the_scale_from_0_to_1(monkeypatch):
    seen = []
    halve = FilterKind("half", Block, lambda image, std: seen.append(std) or image / 2)
    monkeypatch.setitem(FILTERS, "half", halve)
    batch = torch.zeros(2, 3, 5, 4)
    batch[1, 2, 0, 3] = 1

    denoised = build_filter("half")(batch, 0.3)

    expected = torch.full((2, 3, 5, 4), -0.5)
    expected[1, 2, 0, 3] = 0
    torch.testing.assert_close(denoised, expected)
    assert seen == [0.15, 0.15]


# Each filter


def test_gaussian_smoothing_is_the_convolution_in_each_channel(noisy):
    denoised = build("gaussian", sigma=1.1)(noisy)

    for channel in range(3):
        expected = gaussian_filter(noisy[..., channel], 1.1, mode="nearest")
        np.testing.assert_allclose(denoised[..., channel], expected, atol=1e-5)


def test_the_median_is_that_of_a_square_in_each_channel(noisy):
    denoised = build("median", size=5)(noisy)

    for channel in range(3):
        window = noisy[7:12, 9:14, channel]
        assert denoised[9, 11, channel] == pytest.approx(np.median(window), abs=1e-6)


def test_the_bilateral_filter_is_its_formula_at_each_pixel(noisy):
    denoised = build("bilateral", color_factor=2.0, sigma_spatial=1.0)(noisy)

    for row, column in ((12, 9), (5, 14)):
        total, weights = np.zeros(3), 0.0
        for i in range(row - 3, row + 4):
            for j in range(column - 3, column + 4):
                difference = np.square(noisy[i, j] - noisy[row, column]).sum()
                distance = (i - row) ** 2 + (j - column) ** 2
                weight = np.exp(-distance / 2 - difference / (2 * (2 * STD) ** 2))
                total, weights = total + weight * noisy[i, j], weights + weight
        np.testing.assert_allclose(denoised[row, column], total / weights, atol=1e-5)


def test_more_total_variation_is_taken_off_by_a_larger_weight(noisy):
    def variation(image: np.ndarray) -> float:
        return sum(np.abs(np.diff(image, axis=axis)).sum() for axis in (0, 1))

    less, more = (build("tv", weight_factor=weight)(noisy) for weight in (0.3, 0.9))

    assert variation(more) < 0.8 * variation(less) < 0.8 * variation(noisy)


def test_wavelets_averaged_over_all_shifts_do_not_depend_on_shifts(noisy):
    # Two levels of db1 work on blocks of 4x4; sides of 24 and 20 are whole blocks.
    spun = build("wavelet", shifts=3)
    shifted = np.roll(noisy, (1, 2), axis=(0, 1))

    moved = np.roll(spun(shifted), (-1, -2), axis=(0, 1))

    np.testing.assert_allclose(moved, spun(noisy), atol=1e-4)
    single = build("wavelet", shifts=0)
    moved = np.roll(single(shifted), (-1, -2), axis=(0, 1))
    assert np.abs(moved - single(noisy)).max() > 0.05


@pytest.mark.parametrize(
    ("method", "option"),
    [
        ("bilateral", "color_factor"),
        ("tv", "weight_factor"),
        ("wavelet", "sigma_factor"),
    ],
)
def test_a_factor_is_in_units_of_the_noise(method, option, noisy):
    weak = build(method, 0.1, **{option: 3.0})
    strong = build(method, 0.3, **{option: 1.0})

    np.testing.assert_allclose(weak(noisy), strong(noisy), atol=1e-5)


# Refusals


def test_an_unknown_method_is_refused_with_those_that_exist():
    with pytest.raises(ProjectError, match=r"no filter 'wiener'.*gaussian, median"):
        build_filter("wiener")


def test_a_filter_without_a_noise_level_is_refused():
    with pytest.raises(ProjectError, match="median needs the noise's standard dev"):
        build_filter("median", size=3)(torch.zeros(1, 3, 8, 8))


def test_bm3d_that_is_not_installed_is_refused_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)

    assert [name for name in FILTERS if not is_available(name)] == ["bm3d"]
    with pytest.raises(ProjectError, match=r"non-commercial.*pip install .*bm3d"):
        build_filter("bm3d", sigma_factor=1.0, nf=16)


def test_each_method_has_a_grid_of_its_options():
    fields = FilterGrids.model_fields

    assert list(fields) == list(FILTERS)
    for method, field in fields.items():
        grid = field.annotation.__args__[0]
        assert list(grid.model_fields) == list(OPTIONS[method])
