"""Tables for a terminal."""

from __future__ import annotations

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
