"""Numbers as text for tables."""

from __future__ import annotations

import math

import pandas as pd


def number(value: float | None, digits: int, sign: str = "-", unit: str = "") -> str:
    """Format a number; NaN and None become "-".

    Args:
        value: Number, or NaN or None if there is none.
        digits: Digits after the point.
        sign: "+" to show the sign of positive numbers too.
        unit: Text after the number.
    """
    if value is None or math.isnan(value):
        return "-"
    return f"{value:{sign}.{digits}f}{unit}"


TFLOP_NOTE = "TFLOP of a training: 6 x multiply-accumulates x images seen"
"""What stands beside a table with the work of trainings."""


CODE_NOTE = "code: numbers that an image is between encoder and decoder"
"""What stands beside a table with sizes of codes."""


def code_cell(row: pd.Series) -> str:
    """The size of a code; "-" for a row without a code.

    Args:
        row: Row with code_size.
    """
    return "-" if math.isnan(row["code_size"]) else f"{row['code_size']:,.0f}"


def tflop_cell(row: pd.Series) -> str:
    """The work of a training to three digits; "-" for a row without a training.

    Args:
        row: Row with tflop.
    """
    return tflop(row["tflop"])


def tflop(value: float) -> str:
    """The work of a training to three digits; "-" for NaN.

    Args:
        value: TFLOP.
    """
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def p_value(value: float | None) -> str:
    """Format a p-value with three digits; small ones become "< .001", none "-"."""
    return "< .001" if value is not None and value < 0.001 else number(value, 3)


def exact_cells(row: pd.Series) -> list[str]:
    """Further cells of a row of means, for tables in which there are exact images.

    Args:
        row: Row with psnr_of_mean_mse and n_exact.

    Returns:
        The PSNR of the mean MSE, and the number of exact images.
    """
    return [f"{row['psnr_of_mean_mse']:.2f}", f"{int(row['n_exact']):,}"]
