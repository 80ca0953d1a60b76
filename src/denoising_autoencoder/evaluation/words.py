"""Numbers as text for tables."""

from __future__ import annotations

import math


def number(value: float, digits: int, sign: str = "-", unit: str = "") -> str:
    """Format a number; NaN becomes "-".

    Args:
        value: Number, or NaN if there is none.
        digits: Digits after the point.
        sign: "+" to show the sign of positive numbers too.
        unit: Text after the number.
    """
    return "-" if math.isnan(value) else f"{value:{sign}.{digits}f}{unit}"


def p_value(value: float) -> str:
    """Format a p-value with three digits; small ones become "< .001", NaN "-"."""
    return "< .001" if value < 0.001 else number(value, 3)
