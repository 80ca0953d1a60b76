from __future__ import annotations

import numpy as np

from denoising_autoencoder.evaluation.maps import FEWEST, linear_map, neighbour_map


def groups() -> np.ndarray:
    """Two groups of ten codes each, far from each other."""
    rng = np.random.default_rng(0)
    centres = np.repeat([[0.0] * 6, [50.0] * 6], 10, axis=0)
    return (centres + rng.normal(size=(20, 6))).astype(np.float16)


def test_the_linear_map_keeps_the_distances_in_a_plane():
    rng = np.random.default_rng(0)
    plane, _ = np.linalg.qr(rng.normal(size=(5, 2)))
    places = rng.normal(size=(12, 2)) * (3, 1)

    mapped = linear_map(places @ plane.T)

    def distances(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[:, None] - points, axis=-1)

    np.testing.assert_allclose(distances(mapped), distances(places), atol=1e-6)
    assert mapped[:, 0].std() > mapped[:, 1].std()


def test_the_map_of_neighbours_keeps_groups_apart():
    places = neighbour_map(groups(), seed=0)

    distances = np.linalg.norm(places[:, None] - places, axis=-1)
    assert distances[:10, :10].max() < distances[:10, 10:].min()
    assert distances[10:, 10:].max() < distances[:10, 10:].min()
    np.testing.assert_array_equal(neighbour_map(groups(), seed=0), places)


def test_codes_of_one_number_stand_on_a_line():
    places = linear_map(np.array([[4.0], [0], [1], [3], [2]]))

    np.testing.assert_allclose(np.abs(places[:, 0]), [2, 2, 1, 1, 0], atol=1e-12)
    assert places[:, 1].tolist() == [0] * 5
    assert neighbour_map(groups()[:, :1], seed=0).shape == (20, 2)


def test_too_few_codes_for_a_map_stand_in_a_row():
    few = groups()[: FEWEST - 1]

    for places in (linear_map(few), neighbour_map(few, seed=0)):
        assert places.tolist() == [[0, 0], [1, 0], [2, 0], [3, 0]]
