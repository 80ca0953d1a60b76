from __future__ import annotations

import pytest

from denoising_autoencoder.evaluation.wilson import wilson_interval


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [
        # Newcombe (1998), "Two-sided confidence intervals for the single proportion",
        # table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_intervals_are_those_of_the_literature(successes, count, low, high):
    found = wilson_interval(successes, count)

    assert found == pytest.approx((low, high), abs=5e-5)
    assert 0 <= found[0] < found[1] <= 1
