from __future__ import annotations

import numpy as np

from denoising_autoencoder.evaluation import nearest as module
from denoising_autoencoder.evaluation.nearest import nearest


def test_the_nearest_come_first_and_of_equal_ones_the_first():
    points = np.array([[0.0, 0], [3, 4], [1, 0], [0, 1], [-6, 8]])
    queries = np.array([[0.0, 0], [3, 3]])

    assert nearest(queries, points, 4).tolist() == [[0, 2, 3, 1], [1, 2, 3, 0]]
    assert nearest(queries, points, 1).tolist() == [[0], [1]]


def test_half_precision_does_not_overflow():
    # 300 squared is beyond float16.
    points = np.array([[0.0], [290], [-20]], np.float16)

    assert nearest(np.array([[300]], np.float16), points, 3).tolist() == [[1, 0, 2]]


def test_images_are_compared_by_all_their_values(monkeypatch):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20, 4, 5, 3))
    queries = points[[7, 3]] + 0.01
    distances = ((points - queries[:, None]) ** 2).sum(axis=(2, 3, 4))

    whole = nearest(queries, points, 20)
    monkeypatch.setattr(module, "_VALUES", 7 * 60)  # seven images at once
    in_parts = nearest(queries, points, 20)

    np.testing.assert_array_equal(whole, distances.argsort(axis=1))
    np.testing.assert_array_equal(in_parts, whole)
