"""Paired differences against SciPy's test, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from denoising_autoencoder.evaluation.paired import paired_difference


@pytest.fixture
def scores() -> tuple[np.ndarray, np.ndarray]:
    """Two methods on 40 images that differ by 3 dB, the methods by 0.1 dB."""
    generator = np.random.default_rng(0)
    images = generator.normal(26, 3, 40)
    return images + generator.normal(0.1, 0.1, 40), images


def test_of_independent_images_it_is_the_paired_t_test(scores):
    ours, theirs = scores

    found = paired_difference(ours, theirs, np.arange(40))

    expected = stats.ttest_rel(ours, theirs)
    interval = expected.confidence_interval(0.95)
    assert found.difference == pytest.approx((ours - theirs).mean())
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.share_better == np.mean(ours > theirs)


def test_swapped_methods_swap_the_signs(scores):
    there = paired_difference(*scores, np.arange(40))
    back = paired_difference(*scores[::-1], np.arange(40))

    assert back.difference == -there.difference
    assert (back.low, back.high) == (-there.high, -there.low)
    assert back.p_value == there.p_value
    assert back.share_better == pytest.approx(1 - there.share_better)


def test_images_of_one_photograph_count_as_one(scores):
    ours, theirs = scores
    single = paired_difference(ours, theirs, np.arange(40))

    found = paired_difference(
        np.tile(ours, 5), np.tile(theirs, 5), np.tile(np.arange(40), 5)
    )

    assert found.p_value == pytest.approx(single.p_value)
    assert found.high == pytest.approx(single.high)


@pytest.mark.parametrize(
    "photographs", [np.repeat([0, 1], 20), np.zeros(40, dtype=int)]
)
def test_too_few_photographs_give_only_the_difference(scores, photographs):
    found = paired_difference(*scores, photographs)

    assert found.difference == pytest.approx(np.mean(scores[0] - scores[1]))
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(found.p_value)


def test_equal_differences_give_no_p_value():
    found = paired_difference(np.full(20, 2.0), np.full(20, 1.0), np.arange(20))

    assert found.difference == 1.0
    assert found.share_better == 1.0
    assert math.isnan(found.p_value)


def test_an_image_that_both_methods_hit_exactly_makes_everything_nan(scores):
    ours, theirs = (np.append(values, np.inf) for values in scores)

    found = paired_difference(ours, theirs, np.arange(41))

    assert math.isnan(found.difference)
    assert math.isnan(found.share_better)
    assert math.isnan(found.p_value)
