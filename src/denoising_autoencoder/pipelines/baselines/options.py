"""The options of a filter: every choice of a grid, and their form in a table."""

from __future__ import annotations

import itertools
from ast import literal_eval
from collections.abc import Mapping, Sequence
from typing import Any

Options = dict[str, Any]


def expand(grid: Mapping[str, Sequence[Any]]) -> list[Options]:
    """Every combination of values; the last option changes fastest.

    Args:
        grid: Values of each option.
    """
    names, values = grid.keys(), grid.values()
    return [
        dict(zip(names, choice, strict=True)) for choice in itertools.product(*values)
    ]


def write_options(options: Options) -> str:
    """Options as text for a table: `name=value`, separated by spaces.

    Args:
        options: Numbers, booleans and words.
    """
    return " ".join(f"{name}={value}" for name, value in options.items())


def read_options(text: str) -> Options:
    """Options from the text that `write_options` gave.

    Args:
        text: Text from a table.
    """
    pairs = (part.split("=", 1) for part in text.split())
    return {name: _read(value) for name, value in pairs}


def _read(value: str) -> Any:
    try:
        return literal_eval(value)
    except (SyntaxError, ValueError):  # a word
        return value
