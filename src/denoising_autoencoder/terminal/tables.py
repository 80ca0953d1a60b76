"""Tables for a terminal, and numbers as they show them."""

from __future__ import annotations

import math

from rich import box
from rich.table import Table


def new_table(columns: list[str]) -> Table:
    """An empty table whose first column is left-aligned and the others right-aligned.

    Args:
        columns: Names of the columns.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True)
    for index, name in enumerate(columns):
        table.add_column(name, justify="left" if index == 0 else "right")
    return table


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
