"""Whether one method is better than another, judged on the same images."""

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
        if every image has the same difference. All fields are NaN if both scores of
        some image are infinite.
    """
    # The import of scipy.stats takes longer than writing a whole page.
    from scipy.special import stdtr, stdtrit

    with np.errstate(invalid="ignore"):  # both PSNRs are infinite
        differences = scores - others
    mean = float(differences.mean())
    error = standard_error(differences, photographs)
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
        share_better=math.nan if math.isnan(mean) else float((differences > 0).mean()),
    )
