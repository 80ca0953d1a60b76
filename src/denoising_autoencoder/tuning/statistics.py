"""Whether one recipe is better than another, judged on the same folds or seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95

_EQUAL = 1e-12
"""Values within such a range are equal but for rounding."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its uncertainty.

    Attributes:
        mean: Mean of the values, in their unit.
        low: Lower end of the 95 % confidence interval.
        high: Upper end of the interval.
        p_value: p-value of a two-sided test of a mean of 0.
    """

    mean: float
    low: float
    high: float
    p_value: float


def t_test(
    values: Sequence[float], overlap: float = 0.0, comparisons: int = 1
) -> Estimate:
    """Student's t-test of a mean, corrected for folds that share training images.

    The scores of the folds of a cross-validation are not independent, since any two
    folds are trained on mostly the same images. So the variance of their mean is not
    s²/J but (1/J + n_test/n_train) s² (Nadeau and Bengio: Inference for the
    generalization error, Machine Learning 52, 2003, the corrected resampled t-test; for
    repeated cross-validation Bouckaert and Frank, 2004). With an overlap of 0 it is the
    plain t-test, as for trainings that differ by their seeds.

    Args:
        values: J differences (or scores), one for each fold, or seed.
        overlap: Images of a fold divided by the images that its network was trained on.
        comparisons: Number of tests of which this is one. After Bonferroni, the p-value
            is multiplied by it, and the intervals of all hold together with 95 %.

    Returns:
        The mean. Interval and p-value are NaN for fewer than two values, for equal
        ones, and if a value is NaN.
    """
    from scipy.special import stdtr, stdtrit

    array = np.asarray(values, dtype=np.float64)
    count, mean = len(array), float(array.mean())
    half, p_value = math.nan, math.nan
    if count > 1 and np.ptp(array) > _EQUAL:
        error = math.sqrt((1 / count + overlap) * float(array.var(ddof=1)))
        tail = (1 - CONFIDENCE) / 2 / comparisons
        half = float(stdtrit(count - 1, 1 - tail)) * error
        p_value = min(
            1.0, 2 * float(stdtr(count - 1, -abs(mean) / error)) * comparisons
        )
    return Estimate(mean, mean - half, mean + half, p_value)


def or_null(value: float) -> float | None:
    """A number for JSON, in which NaN would break what reads it."""
    return None if math.isnan(value) else float(value)
