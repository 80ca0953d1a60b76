"""Images and their neighbours, pixel by pixel."""

from __future__ import annotations

import numpy as np

from denoising_autoencoder.figures import Neighbours, nearest_images
from tests.figures.screens import place_of, render, texts

SCALE = 16


def random_images(*shape: int) -> np.ndarray:
    rng = np.random.default_rng(sum(shape))
    return rng.integers(0, 256, (*shape, 8, 8, 3), dtype=np.uint8)


def test_each_row_has_the_image_and_its_nearest_by_each_measure():
    queries, code, pixels = random_images(2), random_images(2, 3), random_images(2, 4)
    groups = {"by code": Neighbours(code), "by pixels": Neighbours(pixels)}

    figure = nearest_images(queries, groups, "title")

    screen = render(figure)
    tops = []
    for query, *others in zip(queries, code, pixels, strict=True):
        row = [query, *others[0], *others[1]]
        found = [place_of(screen, image, SCALE) for image in row]
        assert len({top for top, _ in found}) == 1
        lefts = [left for _, left in found]
        assert np.diff(lefts).min() >= 8 * SCALE
        assert lefts[0] >= 0
        tops.append(found[0][0])
    assert tops[1] >= tops[0] + 8 * SCALE
    assert texts(figure) == ["title", "test image", "by code", "by pixels"]


def test_those_with_the_same_label_are_marked_and_counted():
    queries, near = random_images(2), random_images(2, 3)
    same = np.array([[False, True, False], [True, False, True]])

    figure = nearest_images(queries, {"by code": Neighbours(near, same)}, "title")

    screen = render(figure)
    assert "by code: 3 of 6 have the same label" in texts(figure)
    marks = [text for text in figure.texts if text.get_text() == "same label"]
    boxes = [mark.get_window_extent() for mark in marks]
    for box, image in zip(boxes, near[same], strict=True):
        top, left = place_of(screen, image, SCALE)
        assert abs((box.x0 + box.x1) / 2 - (left + 4 * SCALE)) < 1
        assert 0 <= screen.shape[0] - box.y1 - (top + 8 * SCALE) < 12
