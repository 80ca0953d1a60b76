"""Arrays by name and a JSON header as the bytes of one safetensors file: no pickle."""

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
        arrays: By name, of plain numbers.
        header: What JSON can hold.
    """
    from safetensors.numpy import save

    # safetensors writes an array's memory as it lies, whatever its strides say.
    in_order = {name: np.asarray(value, order="C") for name, value in arrays.items()}
    # One key, sorted: the order in which a mapping was filled does not show.
    return save(in_order, metadata={_KEY: json.dumps(header, sort_keys=True)})


def unpack(content: bytes) -> tuple[Arrays, dict[str, Any]]:
    """Arrays and header of a file that `pack` made.

    Raises:
        ValueError: It is no such file, or not a whole one.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    broken = (
        *(SafetensorError, LookupError, ValueError, TypeError, RecursionError),
        AttributeError,  # how safetensors says that NumPy lacks a type of numbers
    )
    try:
        # safetensors gives the arrays alone of what is in memory.
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"][_KEY]
        return load(content), dict(json.loads(header))
    except broken as error:
        raise ValueError(f"no whole file of arrays: {error}") from error
