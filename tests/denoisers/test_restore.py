"""Pictures of any size and depth, denoised tile by tile."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.denoisers.restore import restore, restore_all
from denoising_autoencoder.denoisers.tiles import Reach, find_reach
from denoising_autoencoder.networks.build import build_network

PIXEL = Reach(halo=0, multiple=1)
RANGES = {"uint8": (0, 255), "uint16": (0, 65535), "float32": (-3, 1e4)}


def identity(images: torch.Tensor, sigma=None) -> torch.Tensor:
    return images


def halve(images: torch.Tensor, sigma=None) -> torch.Tensor:
    return images / 2


def picture(dtype: str, height: int = 33, width: int = 21, channels: int = 3):
    low, high = RANGES[dtype]
    values = np.random.default_rng(0).uniform(low, high, (height, width, channels))
    values[0, 0], values[-1, -1] = low, high
    return (np.rint(values) if dtype != "float32" else values).astype(dtype)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", RANGES)
def test_shape_dtype_and_values_are_kept_on_the_way_to_the_denoiser_and_back(
    dtype, channels
):
    pixels, seen = picture(dtype, channels=channels), []
    before = pixels.copy()

    def record(images: torch.Tensor, sigma: float) -> torch.Tensor:
        seen.append(images.clone())
        return images

    restored = restore(record, pixels, RANGES[dtype], 25, 1, PIXEL, tile=8)

    assert restored.dtype == pixels.dtype
    if dtype == "float32":
        np.testing.assert_allclose(restored, pixels, rtol=0, atol=2e-3)
    else:
        np.testing.assert_array_equal(restored, pixels)
    np.testing.assert_array_equal(pixels, before)
    assert seen[0].dtype == torch.float32
    assert seen[0].shape == (1, channels, 7, 7)
    assert float(seen[0][0, 0, 0, 0]) == -1
    assert float(seen[-1][0, 0, -1, -1]) == pytest.approx(1, abs=1e-6)


def test_float64_pixels_keep_their_digits():
    pixels = 1e9 + np.linspace(0, 1, 12).reshape(2, 2, 3)

    restored = restore(identity, pixels, (1e9, 1e9 + 1), 25, 1, PIXEL)

    np.testing.assert_allclose(restored - 1e9, pixels - 1e9, rtol=0, atol=2e-7)


@pytest.mark.parametrize(
    ("given", "blind", "told", "expected"),
    [
        # Half of a change from 0.8 to 0.4, the change, and what a strength adds to it.
        (0.5, False, 20, 0.6),
        (1, False, 20, 0.4),
        (1.5, False, 30, 0.4),
        (0.5, True, 20, 0.6),
        (1.5, True, 20, 0.2),
    ],
)
def test_strength_blends_and_above_1_it_is_told_or_extrapolated(
    given, blind, told, expected
):
    sigmas = []

    def denoise(images: torch.Tensor, sigma: float) -> torch.Tensor:
        sigmas.append(sigma * 127.5)
        return halve(images)

    pixels = np.full((4, 4, 1), 0.8, np.float32)
    restored = restore(denoise, pixels, (-1, 1), 20, given, PIXEL, blind=blind)

    assert sigmas == pytest.approx([told])
    np.testing.assert_allclose(restored, expected, atol=1e-6)


def test_an_extrapolation_stays_in_the_value_range():
    def to_black(images: torch.Tensor, sigma=None) -> torch.Tensor:
        return torch.full_like(images, -1)

    pixels = np.full((4, 4, 1), 0.5, np.float32)
    restored = restore(to_black, pixels, (0, 1), 20, 2, PIXEL, blind=True)

    assert (restored == 0).all()


@pytest.mark.parametrize(
    ("pixels", "value_range", "strength"),
    [
        # A map to [-1, 1] and back would change values of such a range.
        (picture("float32"), (-3, 1e4), 0),
        (np.full((9, 7, 1), 0.3, np.float32), (0.3, 0.3), 1),
    ],
)
def test_strength_0_and_a_constant_picture_give_the_input_bit_for_bit(
    pixels, value_range, strength
):
    finished = []

    restored = restore(
        halve, pixels, value_range, 25, strength, PIXEL, done=finished.append
    )

    np.testing.assert_array_equal(restored, pixels)
    assert not np.shares_memory(restored, pixels)
    assert sum(finished) == pixels.shape[0] * pixels.shape[1]


def test_integers_are_rounded_and_clamped():
    def stretch(images: torch.Tensor, sigma=None) -> torch.Tensor:
        levels = torch.tensor([-3.0, 100.6, 300.0]) / 127.5 - 1
        return levels.reshape(1, 3, 1, 1).expand(images.shape)

    restored = restore(stretch, picture("uint8"), (0, 255), 25, 1, PIXEL)

    assert np.unique(restored.reshape(-1, 3), axis=0).tolist() == [[0, 101, 255]]


def test_a_picture_by_tiles_on_any_number_of_threads_is_the_whole_picture():
    network = build_network("resunet", 0, {"widths": [4, 4], "blocks": [1, 1]}).eval()
    for index, parameter in enumerate(network.parameters()):
        nn.init.normal_(parameter, std=0.1, generator=torch.manual_seed(index))
    denoiser = NetworkDenoiser(network, "cpu")
    pixels = picture("uint8", 101, 67)
    reach, finished = find_reach(denoiser, 3), []
    whole = restore(denoiser, pixels, (0, 255), 25, 1, reach, tile=128)

    for threads in (1, 3):
        with on_threads(threads, denoiser.device) as in_order:
            tiled = restore(
                denoiser,
                pixels,
                (0, 255),
                25,
                1,
                reach,
                tile=33,
                in_order=in_order,
                done=finished.append,
            )
        np.testing.assert_array_equal(tiled, whole)

    assert (whole != pixels).mean() > 0.5
    assert finished[:4] == [26 * 24, 26 * 24, 26 * 19, 26 * 24]
    assert sum(finished) == 2 * 101 * 67


def test_pictures_smaller_than_a_tile_are_computed_at_the_same_time_and_in_order():
    both = threading.Barrier(2, timeout=20)

    def halve_together(images: torch.Tensor, sigma: float) -> torch.Tensor:
        both.wait()
        return images / 2

    pages = [np.full((4, 5, 1), value, np.float32) for value in (0.8, 0.4, -0.4, 0.2)]
    with on_threads(2, torch.device("cpu")) as in_order:
        restored = list(
            restore_all(halve_together, pages, (-1, 1), 25, 1, PIXEL, in_order=in_order)
        )

    np.testing.assert_allclose(restored, np.array(pages) / 2, atol=1e-6)


def test_memory_holds_the_result_and_a_few_tiles():
    pixels = np.zeros((1024, 1024, 3), np.uint8)
    tracemalloc.start()
    restore(identity, pixels, (0, 255), 25, 1, PIXEL, tile=128)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # A tile is 0.2 MB as floats; the picture would be 12.6.
    assert peak < pixels.nbytes + 1.5e6


def test_a_denoiser_of_other_channels_is_a_programmers_error():
    def color(images: torch.Tensor, sigma=None) -> torch.Tensor:
        return images.expand(-1, 3, -1, -1)

    with pytest.raises(ValueError, match=r"\(1, 1, 33, 21\) became \(1, 3, 33, 21\)"):
        restore(color, picture("uint8", channels=1), (0, 255), 25, 1, PIXEL)
    with pytest.raises(ValueError, match="4 channels"):
        restore(identity, np.zeros((5, 5, 4), np.uint8), (0, 255), 25, 1, PIXEL)
