"""Whether one method is better than another, by the same images."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.evaluation.metrics import standard_error

CONFIDENCE = 0.95


@dataclass(frozen=True)
class PairedDifference:
    """The mean difference between two scores of the same images.

    It speaks of these two methods on images like these, not of other trainings of the
    same network: those differ by their seeds.

    Attributes:
        difference: The mean over the images, in the unit of the scores.
        low: Lower end of its 95 % confidence interval.
        high: Upper end.
        p_value: Of a two-sided paired t-test of no difference.
        share_better: Of the images, those on which the first score is higher.
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
    """Compare two methods by what they gave for each image.

    The images differ much more from one another than the methods do, and pairs take
    that away. With several images of a photograph the standard error is clustered by
    photograph (`metrics.standard_error`), and Student's t has a degree of freedom less
    than there are photographs.

    Args:
        scores: (n,) float: PSNR in dB, or SSIM.
        others: (n,) the other method's, image by image.
        photographs: (n,) which photograph each image is cut from.

    Returns:
        The difference. Interval and p-value are NaN where there is no standard error,
        or where every image has the same difference; all is, where both scores of an
        image are infinite.
    """
    # Not scipy.stats, whose import takes longer than all that a page holds.
    from scipy.special import stdtr, stdtrit

    with np.errstate(invalid="ignore"):  # two infinite PSNRs: images hit exactly
        each = scores - others
    mean = float(each.mean())
    error = standard_error(each, photographs)
    half, p_value = math.nan, math.nan
    if error > 0:
        freedom = len(np.unique(photographs)) - 1
        half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
        p_value = 2 * float(stdtr(freedom, -abs(mean) / error))
    return PairedDifference(
        difference=mean,
        low=mean - half,
        high=mean + half,
        p_value=p_value,
        share_better=math.nan if math.isnan(mean) else float((each > 0).mean()),
    )
