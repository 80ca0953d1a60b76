"""The header of a .npy file, read without trusting it."""

from __future__ import annotations

import io
import math
import sys
from tokenize import TokenError
from typing import IO, Any, Literal, NamedTuple

import numpy as np
from numpy.lib import format as npy

_READERS = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
    # Differs in the encoding of the names of fields alone.
    (3, 0): npy.read_array_header_2_0,
}
# What NumPy raises for bytes that are no header, besides ValueError; the first is ours.
_BROKEN = (KeyError, SyntaxError, TokenError, TypeError, RecursionError, MemoryError)

_LONGEST = 2**14
"""Bytes in which a header ends: NumPy itself refuses one of more than 10,000."""


class Header(NamedTuple):
    """What the numbers that follow a header are.

    Attributes:
        shape: Of the array.
        dtype: Of its numbers; never Python objects.
        order: Whether the last index moves fastest ("C") or the first ("F").
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: Literal["C", "F"]


def read_header(file: IO[bytes], size: int) -> Header:
    """Read a header, and refuse one that does not describe what follows it.

    NumPy itself makes room for what a header claims, and for the header that its first
    bytes claim, before it looks at what there is.

    Args:
        file: At its beginning; left where the numbers begin.
        size: Bytes of the whole file.

    Raises:
        ValueError: It is no header, or it claims more or less than what follows, or
            Python objects.
    """
    head = io.BytesIO(file.read(_LONGEST))
    try:
        shape, fortran, dtype = _READERS[npy.read_magic(head)](head)
    except _BROKEN as error:
        raise ValueError("There is no header.") from error
    if not all(type(side) is int and 0 <= side <= sys.maxsize for side in shape):
        raise ValueError(f"{shape} is no shape.")
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError(f"{dtype} are no numbers.")
    file.seek(head.tell())
    if file.tell() + math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"What follows the header is not of shape {shape}.")
    return Header(shape, dtype, "F" if fortran else "C")
