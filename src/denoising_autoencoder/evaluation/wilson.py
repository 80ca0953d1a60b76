"""How sure a share is."""

from __future__ import annotations

import math

from denoising_autoencoder.evaluation.paired import CONFIDENCE


def wilson_interval(successes: int, count: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share by the score test (Wilson, 1927).

    Unlike share ± 1.96 standard errors it stays in [0, 1] and is not empty at 0 and 1.
    It is (p + z^2 / 2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n) with
    p = successes / n and the 97.5 % quantile z of the normal distribution.

    Args:
        successes: Number of successes, 0 to count.
        count: Number of independent trials, at least 1.

    Returns:
        Its lower and its upper end.
    """
    # The import of scipy.stats takes longer than writing a whole page.
    from scipy.special import ndtri

    z = float(ndtri((1 + CONFIDENCE) / 2))
    share = successes / count
    middle = share + z**2 / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    shrunk = 1 + z**2 / count
    # Rounding could leave [0, 1] by a bit.
    return max(0.0, (middle - half) / shrunk), min(1.0, (middle + half) / shrunk)
