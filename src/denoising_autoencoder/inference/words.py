"""File names and numbers in lines for a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from denoising_autoencoder.pictures.reading import shown

_NAMED = 3
"""Number of files that a sentence names."""


def some_of(paths: Sequence[Path | str]) -> str:
    """The first of several files, and how many more there are."""
    names = ", ".join(shown(path) for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{names} and {more:,} more" if more > 0 else names


def count_of(number: int) -> str:
    """A number of pictures in words."""
    return "1 picture" if number == 1 else f"{number:,} pictures"
