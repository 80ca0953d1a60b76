"""The header of a .npy file, compared with the file before NumPy trusts it."""

from __future__ import annotations

import io
import math
import sys
from tokenize import TokenError
from typing import IO

from numpy.lib import format as npy

# What NumPy raises for an invalid header besides ValueError.
_INVALID = (SyntaxError, TokenError, TypeError, RecursionError, MemoryError)

_LONGEST = 2**14
"""Bytes in which a header ends: NumPy refuses one of more than 10,000."""


def check_header(file: IO[bytes], size: int) -> None:
    """Refuse an array whose header doesn't describe what follows it.

    NumPy makes room for what a header claims before it looks at what there is.

    Args:
        file: The .npy file, read from its beginning.
        size: Size of the whole file in bytes.

    Raises:
        ValueError: If the header is invalid, claims more or less than what follows,
            or the array holds Python objects.
    """
    head = io.BytesIO(file.read(_LONGEST))
    try:
        # The later versions differ only in the names of fields.
        first = npy.read_magic(head) == (1, 0)
        read = npy.read_array_header_1_0 if first else npy.read_array_header_2_0
        shape, _, dtype = read(head)
    except _INVALID as error:
        raise ValueError("invalid header") from error
    if not all(0 <= side <= sys.maxsize for side in shape):
        raise ValueError(f"invalid shape {shape}")
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError(f"{dtype} is not a type of numbers")
    if head.tell() + math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"what follows the header is not of shape {shape}")
