"""First filters and feature maps as small images."""

from __future__ import annotations

import numpy as np

from denoising_autoencoder.figures import feature_maps, first_filters
from tests.figures.screens import place_of, render, texts


def test_a_filter_is_an_image_around_grey_on_one_scale_for_all():
    weights = np.zeros((2, 3, 3, 3), np.float32)
    weights[0, 0, 0, 1] = 2.0  # the largest: full red above grey
    weights[1, 2, 2, 0] = -1.0  # half of it: blue half way down to black

    screen = render(first_filters(weights, "title"))

    first = np.full((3, 3, 3), 128, np.uint8)
    first[0, 1, 0] = 255
    second = np.full((3, 3, 3), 128, np.uint8)
    second[2, 0, 2] = 64
    for image in (first, second):
        place_of(screen, image, 43)


def test_filters_of_nothing_are_grey():
    screen = render(first_filters(np.zeros((1, 3, 3, 3), np.float32), "title"))

    place_of(screen, np.full((3, 3, 3), 128, np.uint8), 43)


def test_a_feature_map_goes_from_its_least_to_its_largest_value_which_are_named():
    maps = np.zeros((2, 8, 8), np.float32)
    maps[0, 0, 0], maps[0, 7, 7] = -1.0, 3.0
    maps[1] = 5.0

    figure = feature_maps(maps, "title")

    expected = np.full((8, 8, 3), 64, np.uint8)
    expected[0, 0], expected[7, 7] = 0, 255
    place_of(render(figure), expected, 16)
    assert {"-1 to 3", "5 to 5"} <= set(texts(figure))
