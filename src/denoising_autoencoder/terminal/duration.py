"""Durations as a person says them."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def about(seconds: float) -> str:
    """An estimate in words, rounded as coarsely as it is likely to be wrong.

    Args:
        seconds: 0 or more.

    Returns:
        For example "about 20 s", "about 3 min", "about 2.5 h" or "about 4 days".
    """
    if seconds < 1.5 * _MINUTE:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    if seconds < 1.5 * _HOUR:
        step = 1 if seconds < 10 * _MINUTE else 5
        return f"about {step * round(seconds / _MINUTE / step)} min"
    if seconds < 2 * _DAY:
        return f"about {round(2 * seconds / _HOUR) / 2:g} h"
    return f"about {seconds / _DAY:,.0f} days"


def precisely(seconds: float) -> str:
    """A measured duration to two digits, for example "0.45 s" or "4.2 ms".

    Args:
        seconds: More than 0.
    """
    if seconds < 0.0995:  # which is 0.1 to two digits
        return f"{1000 * seconds:.2g} ms"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"
