from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.evaluation.probe import STRENGTHS, Labelled, probe

CENTRES = np.array([[4.0, 0, 0], [0, 4.0, 0], [0, 0, 4.0]])


def clusters(count: int, seed: int, dtype: str = "float16") -> Labelled:
    """Codes around three centres, which labels from 5 to 7 name."""
    rng = np.random.default_rng(seed)
    which = np.arange(count) % 3
    codes = CENTRES[which] + rng.normal(0, 0.3, (count, 3))
    return Labelled(codes.astype(dtype), (which + 5).astype(np.int32))


def test_separable_labels_are_all_found():
    found = probe(clusters(60, 0), clusters(15, 1), clusters(12, 2))

    assert found.found.all()
    # All regularizations find all validation labels: the strongest is taken.
    assert found.strength == STRENGTHS[0]


def test_the_share_of_the_test_labels_is_counted():
    codes, labels = clusters(12, 2)
    labels = labels.copy()
    labels[:3] = labels[[1, 2, 0]]

    found = probe(clusters(60, 0), clusters(15, 1), Labelled(codes, labels))

    assert found.found.tolist() == 3 * [False] + 9 * [True]


def test_labels_that_codes_say_nothing_about_are_guessed():
    rng = np.random.default_rng(0)
    parts = [
        Labelled(rng.normal(size=(count, 4)), rng.integers(0, 4, count))
        for count in (300, 100, 400)
    ]

    assert probe(*parts).found.mean() == pytest.approx(0.25, abs=0.08)


def test_the_unit_of_a_number_does_not_matter():
    units = np.array([1e-3, 1.0, 100.0])

    def parts(scale: np.ndarray) -> list[Labelled]:
        rng = np.random.default_rng(3)
        made = []
        for count in (90, 45, 300):
            which = np.arange(count) % 3
            codes = CENTRES[which] / 3 + rng.normal(0, 0.9, (count, 3))
            made.append(Labelled(codes * scale, which))
        return made

    plain, scaled = probe(*parts(np.ones(3))), probe(*parts(units))

    assert 0.4 < plain.found.mean() < 0.9
    np.testing.assert_array_equal(scaled.found, plain.found)
    assert scaled.strength == plain.strength


def test_the_validation_labels_choose_the_regularization():
    rng = np.random.default_rng(0)
    # Strong regularization calls everything by the label that is far more frequent.
    train = np.repeat([0, 1], [190, 10])
    rare = Labelled(rng.normal(5, 0.1, (20, 1)), np.ones(20, int))
    often = Labelled(rng.normal(-5, 0.1, (20, 1)), np.zeros(20, int))
    codes = rng.normal(0, 0.1, (200, 1)) + np.where(train, 5, -5)[:, None]

    by_rare = probe(Labelled(codes, train), rare, rare)
    by_often = probe(Labelled(codes, train), often, rare)

    assert by_rare.found.mean() == 1
    assert by_rare.strength > STRENGTHS[0]
    # Nobody needs another one for these, whatever the test labels say.
    assert by_often.strength == STRENGTHS[0]
    assert by_often.found.mean() == 0
