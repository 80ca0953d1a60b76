"""Paired differences against SciPy's test, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.evaluation.paired import paired_difference, paired_scores


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


# Differences of 0.1 are equal but for rounding, and their mean is not 0.1.
@pytest.mark.parametrize("others", [[1.0, 1.0, 1.0], [1.9, 7.9, 0.4]])
def test_equal_differences_give_no_p_value(others):
    others = np.array(others)
    shift = 1.0 if others[0] == 1 else 0.1

    found = paired_difference(others + shift, others, np.arange(3))

    assert found.difference == pytest.approx(shift)
    assert found.share_better == 1.0
    assert math.isnan(found.low)
    assert math.isnan(found.p_value)


def test_a_single_image_gives_only_the_difference():
    found = paired_difference(np.array([2.0]), np.array([1.0]), np.array([7]))

    assert (found.difference, found.share_better) == (1.0, 1.0)
    assert math.isnan(found.p_value)


# The PSNR of the mean MSE


def scores_of(levels: np.ndarray, photographs: np.ndarray) -> pd.DataFrame:
    """Scores of images of which every sample is off by so many levels."""
    originals = np.full((len(levels), 8, 8, 3), 100, np.uint8)
    images = originals + levels[:, None, None, None].astype(np.uint8)
    return score_images(images, originals).assign(photograph=photographs)


def test_psnrs_of_the_mean_mse_are_compared_as_a_bootstrap_of_the_photographs_does():
    generator = np.random.default_rng(0)
    levels = generator.integers(4, 12, (60, 2)).repeat(2, axis=0)
    photographs = np.arange(60).repeat(2)
    ours = scores_of(levels[:, 0] + levels[:, 1], photographs)
    theirs = scores_of(levels[:, 0] + levels[:, 1] + levels[:, 1] % 3, photographs)

    found = paired_scores(ours, theirs, "psnr_of_mean_mse")

    mse = np.stack([ours["mse"], theirs["mse"]])
    assert found.difference == pytest.approx(
        10 * np.log10(np.divide(*mse.mean(1)[::-1]))
    )
    assert found.share_better == np.mean(mse[0] < mse[1])
    drawn = 2 * generator.integers(0, 60, (4000, 60))
    means = mse[:, drawn].mean(axis=2)
    low, high = np.quantile(10 * np.log10(means[1] / means[0]), [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.1 * (high - low))
    assert found.p_value < 0.001


def test_a_method_that_is_exact_on_some_images_and_bad_on_the_others_is_worse():
    collapsed = np.array([0] * 8 + [140] * 12)
    other = np.full(20, 12)
    ours, theirs = (scores_of(one, np.arange(20)) for one in (collapsed, other))

    by_image = paired_scores(ours, theirs, "psnr")
    of_mean = paired_scores(ours, theirs, "psnr_of_mean_mse")

    assert by_image.difference > 3
    assert of_mean.difference < -15
    assert of_mean.high < 0
    assert of_mean.share_better == 8 / 20


@pytest.mark.parametrize("measure", ["psnr", "psnr_of_mean_mse", "ssim"])
def test_two_methods_that_are_exact_on_all_images_do_not_differ(measure):
    scores = scores_of(np.zeros(5), np.arange(5))

    found = paired_scores(scores, scores, measure)

    assert (found.difference, found.share_better) == (0, 0)
    assert math.isnan(found.p_value)
