"""Error maps: large errors are bright, on one scale for all images."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps

from denoising_autoencoder.figures import ImageRow, error_maps
from tests.figures.screens import magnified, place_of, places, render, texts

GREY = np.full((2, 8, 8, 3), 100, np.uint8)


def color(share: float) -> np.ndarray:
    """Colour of an error that is this share of the largest."""
    return np.array(colormaps["magma"](share, bytes=True)[:3], np.uint8)


def off_by(*levels: int) -> np.ndarray:
    """Images whose left half is too bright by so many levels."""
    images = GREY.copy()
    for image, level in zip(images, levels, strict=True):
        image[:, :4] += np.uint8(level)
    return images


def test_one_scale_of_colours_serves_all_images_and_rows():
    rows = [
        ImageRow("noisy", off_by(80, 40), [10.0, 15.0]),
        ImageRow("DAE", off_by(20, 0), [20.0, 30.0]),
    ]

    screen = render(error_maps(GREY, rows, "title"))

    for levels in (80, 40, 20):
        expected = np.empty((8, 8, 3), np.uint8)
        expected[:, :4], expected[:, 4:] = color(levels / 80), color(0)
        assert len(places(screen, magnified(expected, 16))) == 1
    nothing = np.empty((8, 8, 3), np.uint8)
    nothing[:] = color(0)
    assert places(screen, magnified(nothing, 16)) != []


def test_the_error_is_the_mean_of_the_three_channels_whatever_its_sign():
    images = GREY.copy()
    images[0, :, :4] += np.array([60, 0, 0], np.uint8)
    images[1, :, :4] -= np.array([30, 60, 30], np.uint8)

    screen = render(error_maps(GREY, [ImageRow("DAE", images)], "title"))

    for share in (0.5, 1.0):
        expected = np.empty((8, 8, 3), np.uint8)
        expected[:, :4], expected[:, 4:] = color(share), color(0)
        assert len(places(screen, magnified(expected, 16))) == 1


def test_a_few_large_errors_do_not_make_all_others_look_like_none():
    images = np.full((1, 32, 32, 3), 100, np.uint8)
    off = images.copy()
    off[0, :, :16] += 10
    off[0, 0, 31] += 150

    figure = error_maps(images, [ImageRow("DAE", off)], "title")

    low, high = figure.axes[0].get_xlim()
    assert (low, high) == (0, 10)


def test_the_bar_names_its_unit_and_originals_are_above():
    originals = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    rows = [ImageRow("DAE", off_by(80, 40), [10.0, 15.0])]

    figure = error_maps(originals, rows, "Absolute error, std 0.3")

    screen = render(figure)
    for image in originals:
        place_of(screen, image, 16)
    assert "mean of the three channels, in levels of 255" in texts(figure)
    assert {"original", "DAE", "10.0 dB", "15.0 dB"} <= set(texts(figure))


def test_images_without_any_error_are_drawn():
    figure = error_maps(GREY, [ImageRow("copy", GREY.copy(), [np.inf] * 2)], "title")

    render(figure)
    assert texts(figure).count("exact") == 2


def test_errors_of_grey_images_are_named_without_channels():
    grey = np.random.default_rng(0).integers(0, 200, (2, 8, 8, 1), np.uint8)

    figure = error_maps(grey, [ImageRow("DAE", grey + np.uint8(9))], "title")

    screen = render(figure)
    for image in grey:
        place_of(screen, image.repeat(3, axis=-1), 16)
    assert "in levels of 255" in texts(figure)
