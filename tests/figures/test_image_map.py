"""Maps of images, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.figures import image_maps
from tests.figures.screens import magnified, place_of, places, render, texts


def random_images(count: int, side: int = 8) -> np.ndarray:
    rng = np.random.default_rng(side)
    return rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_images_stand_where_their_places_are_on_each_map():
    images = random_images(3)
    corners = np.array([[0.0, 0], [5, 0], [0, 7]])

    figure = image_maps(images, {"A": corners, "B": corners[::-1]}, "title")

    assert texts(figure) == ["title", "A", "B"]
    screen = render(figure)
    found = [sorted(places(screen, magnified(image, 8)), key=lambda at: at[1])
             for image in images]  # fmt: skip
    (low, left), _ = found[0]
    (low_too, right), _ = found[1]
    (high, left_too), _ = found[2]
    assert (low, left) == (low_too, left_too)
    assert right > left
    assert high < low  # y is upwards, rows of a screen are downwards
    # Map B has them in reverse.
    assert found[2][1][0] == low
    assert found[0][1][0] == high


def test_the_image_nearest_to_the_middle_of_a_square_is_shown_and_none_twice():
    images = random_images(4)
    # Two at the same corner: the second is nearer to the middle of the square.
    spots = np.array([[0.0, 0], [0.03, 0.03], [1, 1], [1, 0]])

    screen = render(image_maps(images, {"map": spots}, "title"))

    assert places(screen, magnified(images[0], 8)) == []
    for image in images[1:]:
        place_of(screen, image, 8)


@pytest.mark.slow
def test_images_do_not_overlap():
    images = random_images(60)
    spots = np.random.default_rng(0).normal(size=(60, 2))

    screen = render(image_maps(images, {"map": spots}, "title"))

    shown = [places(screen, magnified(image, 8)) for image in images]
    found = np.array([place[0] for place in shown if place])
    apart = np.abs(found[:, None] - found).max(axis=-1)
    assert len(found) > 30
    assert apart[~np.eye(len(found), dtype=bool)].min() >= 8 * 8


@pytest.mark.parametrize(("side", "step", "scale"), [(200, 3, 1), (96, 1, 1)])
def test_large_images_are_thinned_out(side, step, scale):
    images = random_images(1, side)

    screen = render(image_maps(images, {"map": np.zeros((1, 2))}, "title"))

    place_of(screen, images[0, ::step, ::step], scale)
