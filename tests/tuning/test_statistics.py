"""The corrected t-test against a computation by hand, and against SciPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from denoising_autoencoder.tuning.statistics import t_test

ONE_TO_FIVE = [1.0, 2.0, 3.0, 4.0, 5.0]


def test_five_folds_as_worked_out_by_hand():
    # Mean 3, s² = 2.5. Each fold is trained on four times its images, so that the
    # variance of the mean is (1/5 + 1/4) 2.5 = 9/8 and t = 3 / sqrt(9/8) = sqrt(8).
    # For four degrees of freedom (Abramowitz and Stegun 26.7.4, with
    # u = 1 + t²/4 = 3): p = 1 - 3/4 t/sqrt(u) (1 - t²/(12 u)) = 1 - 7 sqrt(6)/18.
    # The quantile 2.776445 is of any table.
    found = t_test(ONE_TO_FIVE, overlap=1 / 4)

    assert found.mean == 3
    assert found.p_value == pytest.approx(1 - 7 * math.sqrt(6) / 18)
    half = 2.776445 * math.sqrt(9 / 8)
    assert (found.low, found.high) == pytest.approx((3 - half, 3 + half), abs=1e-5)


def test_without_overlap_it_is_the_usual_test():
    values = np.random.default_rng(0).normal(0.1, 1, 12)

    found = t_test(list(values))

    expected = stats.ttest_1samp(values, 0)
    interval = expected.confidence_interval(0.95)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_of_several_comparisons_each_is_less_certain():
    one, of_three = (t_test(ONE_TO_FIVE, 1 / 4, comparisons=n) for n in (1, 3))

    assert of_three.p_value == pytest.approx(3 * one.p_value)
    # P(|T| > 3.9608) is 0.05 / 3 for four degrees of freedom.
    assert of_three.high == pytest.approx(3 + 3.9608 * math.sqrt(9 / 8), abs=1e-4)
    assert t_test([-1.0, 1.5], comparisons=9).p_value == 1, "no more than certain"


@pytest.mark.parametrize("values", [[0.2], [0.1, 0.1, 0.1], [0.1, math.nan, 0.3]])
def test_what_has_no_spread_has_no_interval(values):
    found = t_test(values, overlap=0.25)

    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(found.p_value)
    assert found.mean == pytest.approx(np.mean(values), nan_ok=True)
