"""Ways from one image to another, pixel by pixel."""

from __future__ import annotations

import numpy as np

from denoising_autoencoder.figures import blends
from tests.figures.screens import place_of, render, texts

SCALE = 16


def random_images(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)


def test_each_way_is_a_row_and_each_pair_a_group():
    pairs = [
        {"code": random_images(3, 2 * pair), "pixels": random_images(3, 2 * pair + 1)}
        for pair in range(2)
    ]

    figure = blends(pairs, "title")

    screen = render(figure)
    found = [
        [place_of(screen, image, SCALE) for image in images]
        for ways in pairs
        for images in ways.values()
    ]
    lefts = [[left for _, left in row] for row in found]
    assert all(row == sorted(row) == lefts[0] for row in lefts)
    tops = [row[0][0] for row in found]
    first, between, second = np.diff(tops)
    assert first == second >= 8 * SCALE
    assert between > first


def test_each_step_has_the_share_of_the_second_image():
    figure = blends([{"code": random_images(5, 0)}], "title")

    assert texts(figure)[:6] == ["title", "0 %", "25 %", "50 %", "75 %", "100 %"]
    screen = render(figure)
    for text, image in zip(figure.texts[1:6], random_images(5, 0), strict=True):
        box, (top, left) = text.get_window_extent(), place_of(screen, image, SCALE)
        assert abs((box.x0 + box.x1) / 2 - (left + 4 * SCALE)) < 1
        assert screen.shape[0] - box.y0 <= top
