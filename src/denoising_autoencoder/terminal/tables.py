"""Tables for a terminal, and the lines below them."""

from __future__ import annotations

from rich import box
from rich.padding import Padding
from rich.table import Table

_AS_MANY = 8
"""Columns that fit 80 characters; more stand closer."""


def new_table(columns: list[str]) -> Table:
    """An empty table whose first column is left-aligned and the others right-aligned.

    Args:
        columns: Names of the columns.
    """
    closer = len(columns) > _AS_MANY
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, collapse_padding=closer)
    for index, name in enumerate(columns):
        table.add_column(name, justify="left" if index == 0 else "right")
    return table


def note(text: str) -> Padding:
    """A text below a table; what is wrapped is indented too.

    Args:
        text: The text.
    """
    return Padding(text, (0, 0, 0, 2))
