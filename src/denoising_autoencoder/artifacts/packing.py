"""Arrays by name and a JSON header as the bytes of one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.artifacts.reading import open_regular

Arrays = dict[str, npt.NDArray[Any]]

_KEY = "configuration"

LONGEST_HEADER = 100_000_000
"""Bytes of a header, by the definition of safetensors."""


def pack(arrays: Mapping[str, npt.NDArray[Any]], header: Mapping[str, Any]) -> bytes:
    """The bytes of a file; equal contents give equal bytes.

    Args:
        arrays: Arrays of plain numbers by name.
        header: Values that JSON can hold.
    """
    from safetensors.numpy import save

    # safetensors writes an array's memory without regard to its strides.
    in_order = {name: np.asarray(value, order="C") for name, value in arrays.items()}
    # Sorted, so that the order in which a mapping was filled does not matter.
    return save(in_order, metadata={_KEY: json.dumps(header, sort_keys=True)})


def unpack(content: bytes) -> tuple[Arrays, dict[str, Any]]:
    """Arrays and header of a file that `pack` made.

    Raises:
        ValueError: It is another kind of file, or not complete.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    # From memory, safetensors gives only the arrays.
    header = _parse(content[8 : 8 + _length(content)])
    try:
        return load(content), header
    # An AttributeError is of safetensors, for a type of numbers that NumPy lacks.
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"invalid file of arrays: {error}") from error


def read_header(path: Path) -> dict[str, Any]:
    """Only the header of a file that `pack` made, without its arrays.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is another kind of file.
    """
    with open_regular(path) as file:
        return _parse(file.read(min(_length(file.read(8)), LONGEST_HEADER)))


def _length(content: bytes) -> int:
    """The length of the header, with which a file begins."""
    return int.from_bytes(content[:8], "little")


def _parse(text: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(json.loads(text)["__metadata__"][_KEY]))
    except (LookupError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"invalid file, or its header: {error}") from error
