"""The models that the package contains."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from numpy.typing import NDArray

from denoising_autoencoder.denoisers.contract import Denoiser
from denoising_autoencoder.denoisers.network import trained_denoiser
from denoising_autoencoder.denoisers.restore import restore
from denoising_autoencoder.denoisers.tiles import Reach, find_reach
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.denoise import _ForOtherChannels
from denoising_autoencoder.inference.models import shipped_models
from denoising_autoencoder.weights.shipped import shipped_model

RANGE = (0.0, 255.0)


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    return trained_denoiser(shipped_model("photo"), "cpu")


@pytest.fixture(scope="module")
def reach(denoiser) -> Reach:
    return find_reach(denoiser, 3)


@pytest.fixture(scope="module")
def crop(photograph) -> NDArray[np.uint8]:
    """A part of the astronaut, whom no model here was trained on, of odd height."""
    return photograph[60:219, 130:290]


def add_noise(pixels: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, sigma, pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


def psnr(pixels: NDArray[np.uint8], clean: NDArray[np.uint8]) -> float:
    return 10 * np.log10(255**2 / np.square(pixels.astype(float) - clean).mean())


@pytest.mark.parametrize(("sigma", "gain"), [(5, 0.5), (25, 8), (50, 10)])
def test_it_removes_noise_of_any_strength(denoiser, reach, crop, sigma, gain):
    noisy = add_noise(crop, sigma)

    denoised = restore(denoiser, noisy, RANGE, sigma, 1, reach)

    assert psnr(denoised, crop) > psnr(noisy, crop) + gain


def test_grey_pictures_have_a_model_that_is_better_than_the_one_for_colour(
    denoiser, crop
):
    as_colour = _ForOtherChannels(denoiser, 3)
    own = trained_denoiser(shipped_models()[1].model, "cpu")
    grey = crop[..., 1:2]
    noisy = add_noise(grey, 25)

    gains = [
        psnr(restore(one, noisy, RANGE, 25, 1, find_reach(one, 1)), grey)
        - psnr(noisy, grey)
        for one in (as_colour, own)
    ]

    assert gains[0] > 7
    assert gains[1] > gains[0] + 0.5


def test_the_models_take_at_most_3_megabytes():
    folder = files("denoising_autoencoder.weights")
    sizes = [len(file.read_bytes()) for file in folder.iterdir() if ".xz" in file.name]

    assert len(sizes) == 2
    assert sum(sizes) < 3_000_000


def test_tiles_give_the_pixels_of_the_whole_picture(denoiser, reach, crop):
    noisy = add_noise(crop, 25)

    tiled = restore(denoiser, noisy, RANGE, 25, 1, reach, tile=64)

    whole = restore(denoiser, noisy, RANGE, 25, 1, reach, tile=1024)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_a_model_that_is_missing_is_one_sentence():
    with pytest.raises(ProjectError, match="has no model unknown: install"):
        shipped_model("unknown")
