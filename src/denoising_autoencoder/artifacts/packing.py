"""Arrays by name and a JSON header as the bytes of one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]

_KEY = "configuration"


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

    broken = (
        *(SafetensorError, LookupError, ValueError, TypeError, RecursionError),
        AttributeError,  # of safetensors, for a type of numbers that NumPy lacks
    )
    try:
        # From memory, safetensors gives only the arrays.
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"][_KEY]
        return load(content), dict(json.loads(header))
    except broken as error:
        raise ValueError(f"invalid file of arrays: {error}") from error
