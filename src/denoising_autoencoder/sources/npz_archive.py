"""The arrays of an npz file, read without trusting it."""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.artifacts.npy import read_header
from denoising_autoencoder.errors import ImageSourceError

# What numpy.savez and numpy.savez_compressed use.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (EOFError, zipfile.BadZipFile, zlib.error, struct.error)
_UNREADABLE = (*_DAMAGED, OSError, ValueError, RuntimeError, MemoryError)
_CHUNK = 2**20
# Names of arrays that a sentence holds.
_FEW = 8


def read_arrays(
    path: Path, keys: Sequence[str], needed: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Read those arrays of a file that are asked for; no pickle is ever opened.

    Not by numpy.load, which makes room for what a header claims, however little
    follows it.

    Args:
        path: The file.
        keys: Names of the arrays to read; others are left alone.
        needed: Those that must be there.

    Returns:
        The arrays by name.

    Raises:
        ImageSourceError: If the file cannot be read, is no npz, is damaged, lacks what
            is needed, or holds Python objects.
    """
    try:
        if not path.is_file():
            raise ImageSourceError(
                f"{path} is not a file: give images.path the npz file to read."
            )
        with _open(path) as archive:
            members = {_key(member): member for member in archive.infolist()}
            _check_keys(path, list(members), needed)
            return {
                key: _read_array(archive, members[key], path.stat().st_size)
                for key in keys
                if key in members
            }
    except _UNREADABLE as error:
        raise ImageSourceError(f"{path} {_explain(error)}.") from error


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (*_DAMAGED, ValueError, NotImplementedError) as error:
        raise ImageSourceError(
            f"{path} is not an npz file or is truncated: write it with numpy.savez."
        ) from error


def _key(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(".npy")


def _check_keys(path: Path, keys: Sequence[str], needed: Sequence[str]) -> None:
    missing = [key for key in needed if key not in keys]
    if missing:
        shown = [key if key.isprintable() else repr(key) for key in keys[:_FEW]]
        more = ", ..." if len(keys) > _FEW else ""
        raise ImageSourceError(
            f"{path} lacks {' and '.join(missing)}: it needs {' and '.join(needed)}, "
            f"and holds {', '.join(shown) or 'nothing'}{more}."
        )


def _read_array(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int
) -> NDArray[Any]:
    """Read an array without making room for more than there is.

    Args:
        archive: That holds it.
        member: Where it is in the archive.
        room: Bytes of the archive.

    Raises:
        ValueError: It is no array, holds Python objects, or is not of the size that
            its header and the archive claim.
        RuntimeError: It is encrypted, or packed otherwise than NumPy does.
    """
    if member.compress_type not in _METHODS:
        raise NotImplementedError(f"method {member.compress_type}")
    if member.compress_size > room:
        raise ValueError(f"{member.filename} is larger than its archive.")
    with archive.open(member) as file:
        shape, dtype, order = read_header(file, member.file_size)
        numbers = bytearray()
        while chunk := file.read(_CHUNK):
            numbers += chunk
    return np.frombuffer(numbers, dtype, math.prod(shape)).reshape(shape, order=order)


def _explain(error: Exception) -> str:
    """Say what is wrong with a file and what to do, by the error of reading it."""
    if isinstance(error, OSError):
        return (
            f"cannot be read ({error.strerror or error}): give access to it, or give "
            "images.path another file"
        )
    if isinstance(error, RuntimeError):
        return "is encrypted or not packed as NumPy does it: write it with numpy.savez"
    if isinstance(error, MemoryError):
        return "does not fit into memory: give images.path a file of fewer images"
    if isinstance(error, _DAMAGED):
        return "is damaged: write it again with numpy.savez"
    return (
        "holds Python objects or a damaged array: write it with numpy.savez from "
        "arrays of numbers"
    )
