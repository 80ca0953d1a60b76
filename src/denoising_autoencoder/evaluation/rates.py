"""Quality against rate: which settings are worth it, and the quality between them.

Some images can be compressed with one setting and the others with another one. The mean
rate and the mean PSNR are then on the straight line between those of the two settings.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def upper_envelope(bits: Values, psnr: Values) -> list[int]:
    """The points that no other point, nor a mixture of two, reaches with as few bits.

    They are the rising part of the upper convex hull, by the monotone chain of Andrew
    (1979).

    Args:
        bits: (n,) mean rate of each point.
        psnr: (n,) mean PSNR of each point.

    Returns:
        Their indices, by rising rate and PSNR.
    """
    kept: list[int] = []
    for index in np.lexsort((-psnr, bits)).tolist():
        if kept and psnr[index] <= psnr[kept[-1]]:
            continue
        while len(kept) > 1 and _is_below(kept[-1], kept[-2], index, bits, psnr):
            kept.pop()
        kept.append(index)
    return kept


def _is_below(point: int, left: int, right: int, bits: Values, psnr: Values) -> bool:
    """Whether a point is not above the line between one at each side."""
    rise, run = psnr - psnr[left], bits - bits[left]
    return bool(rise[point] * run[right] <= rise[right] * run[point])


def psnr_at(rate: float, bits: Values, psnr: Values) -> float:
    """The mean PSNR at a rate, from settings with less and more bits.

    Args:
        rate: Mean rate.
        bits: (n,) mean rates of the settings, in any order.
        psnr: (n,) their mean PSNR in dB.

    Returns:
        dB; NaN outside of the settings' rates.
    """
    order = np.argsort(bits)
    return float(
        np.interp(rate, bits[order], psnr[order], left=float("nan"), right=float("nan"))
    )
