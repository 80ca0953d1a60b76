"""Whether one method is better than another, judged on the same images."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.evaluation.exact import counted_mse
from denoising_autoencoder.evaluation.metrics import standard_error

CONFIDENCE = 0.95

_EQUAL = 1e-9
"""Differences within such a range are equal but for rounding."""


@dataclass(frozen=True)
class PairedDifference:
    """The mean difference between two scores of the same images.

    It holds for these two methods on images like these. It does not hold for other
    trainings of the same network, which differ by their seeds.

    Attributes:
        difference: Mean over the images, in the unit of the scores.
        low: Lower end of the 95 % confidence interval.
        high: Upper end of the interval.
        p_value: p-value of a two-sided paired t-test.
        share_better: Share of the images on which the first score is higher.
    """

    difference: float
    low: float
    high: float
    p_value: float
    share_better: float


def paired_difference(
    scores: npt.NDArray[np.float64],
    others: npt.NDArray[np.float64],
    photographs: npt.NDArray[np.integer],
) -> PairedDifference:
    """Compare two methods by their scores of each image.

    The images differ much more from one another than the methods do; pairing removes
    that. With several images of a photograph the standard error is clustered by
    photograph (`metrics.standard_error`), and Student's t has one degree of freedom
    less than there are photographs.

    Args:
        scores: (n,) float: PSNR in dB, or SSIM.
        others: (n,) scores of the other method for the same images.
        photographs: (n,) photograph that each image is cut from.

    Returns:
        The difference. Interval and p-value are NaN if there is no standard error, or
        if every image has the same difference.
    """
    differences = scores - others
    return _test(float(differences.mean()), differences, differences > 0, photographs)


def paired_scores(
    scores: pd.DataFrame, others: pd.DataFrame, measure: str
) -> PairedDifference:
    """Compare two methods by a measure of their scores, as `paired_difference` does.

    The PSNR of the mean MSE is not a mean over images. The variance of a difference of
    two is that of its linearization (the delta method: Casella and Berger, Statistical
    Inference, 2002, section 5.5.4).

    Args:
        scores: A row for each image: photograph, mse, psnr, ssim.
        others: The same of the other method, for the same images in the same order.
        measure: psnr, ssim or psnr_of_mean_mse.

    Returns:
        The difference, in dB or in units of SSIM.

    Raises:
        ProjectError: See `exact.counted_mse`.
    """
    photographs = scores["photograph"].to_numpy()
    if measure != "psnr_of_mean_mse":
        ours, theirs = (one[measure].to_numpy() for one in (scores, others))
        return paired_difference(ours, theirs, photographs)
    ours, theirs = (counted_mse(one).to_numpy() for one in (scores, others))
    slopes = 10 / math.log(10) * (theirs / theirs.mean() - ours / ours.mean())
    decibels = 10 * math.log10(theirs.mean() / ours.mean())
    return _test(decibels, slopes, ours < theirs, photographs)


def _test(
    difference: float,
    parts: npt.NDArray[np.float64],
    better: npt.NDArray[np.bool_],
    photographs: npt.NDArray[np.integer],
) -> PairedDifference:
    """Student's t-test of a difference.

    Args:
        difference: The difference; its standard error is that of the mean of the parts.
        parts: (n,) what each image adds.
        better: (n,) whether the first score of the image is better.
        photographs: (n,) photograph that each image is cut from.
    """
    # The import of scipy.stats takes longer than writing a whole page.
    from scipy.special import stdtr, stdtrit

    error = standard_error(parts, photographs)
    half, p_value = math.nan, math.nan
    if not math.isnan(error) and np.ptp(parts) > _EQUAL:
        freedom = len(np.unique(photographs)) - 1
        half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
        p_value = 2 * float(stdtr(freedom, -abs(difference) / error))
    return PairedDifference(
        difference=difference,
        low=difference - half,
        high=difference + half,
        p_value=p_value,
        share_better=float(better.mean()),
    )
