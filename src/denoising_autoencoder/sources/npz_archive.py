"""The arrays of an npz file or of a folder of npy files, read without trusting it."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.artifacts.npy import check_header
from denoising_autoencoder.errors import ImageSourceError

# An array may unpack to 16 MiB, and beyond that to a hundred times its packed size.
# Photographs don't pack to half; deflate packs zeros to a thousandth.
_SMALL = 2**24
_RATIO = 100

# Names of arrays in a message.
_FEW = 8

_DAMAGED = "is not an npz file or is damaged{}: write it with numpy.savez"
_ANSWERS: dict[type[Exception], str] = {
    OSError: "cannot be read{}: give access to it, or give images.path another file",
    RuntimeError: "is encrypted or not packed as NumPy does it{}: write it with "
    "numpy.savez",
    MemoryError: "does not fit into memory{}: give images.path a file of fewer images",
    zipfile.BadZipFile: _DAMAGED,
    zlib.error: _DAMAGED,
    struct.error: _DAMAGED,
    EOFError: _DAMAGED,
    ValueError: "holds Python objects or a damaged array{}: write it with numpy.savez "
    "from arrays of numbers",
}
"""What is wrong with a file and what to do, by the error of reading it."""


def read_arrays(
    path: Path, keys: Sequence[str], needed: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Read some arrays of a file or a folder; no pickle is ever opened.

    Args:
        path: The npz file, or a folder with an npy file for each array. Those are
            mapped into memory, so that they may be larger than it.
        keys: Names of the arrays to read; others are not looked at.
        needed: Names that must be there.

    Returns:
        The arrays by name.

    Raises:
        ImageSourceError: If it cannot be read, is not an npz file or a folder, is
            damaged, lacks what is needed, holds Python objects, or unpacks to much more
            than its size.
    """
    with _reading(path):
        if path.is_dir():
            files = {f.stem: f for f in sorted(path.iterdir()) if f.suffix == ".npy"}
            _check_keys(path, list(files), needed)
            return {key: _map_array(files[key]) for key in keys if key in files}
        if not path.is_file():
            raise ImageSourceError(
                f"{path} is not a file: give images.path the npz file to read, or a "
                "folder of npy files."
            )
        with zipfile.ZipFile(path) as archive:
            members = {m.filename.removesuffix(".npy"): m for m in archive.infolist()}
            _check_keys(path, list(members), needed)
            arrays = {}
            for key in filter(members.__contains__, keys):
                with _reading(path, key):
                    arrays[key] = _read_array(path, archive, members[key])
            return arrays


@contextmanager
def _reading(path: Path, key: str = "") -> Iterator[None]:
    """Turn what may go wrong in the block into a sentence that names file and array."""
    try:
        yield
    except tuple(_ANSWERS) as error:
        answer = next(_ANSWERS[kind] for kind in _ANSWERS if isinstance(error, kind))
        detail = getattr(error, "strerror", None) or key
        where = f" ({detail})" if detail else ""
        raise ImageSourceError(f"{path} {answer.format(where)}.") from error


def _check_keys(path: Path, keys: Sequence[str], needed: Sequence[str]) -> None:
    missing = [key for key in needed if key not in keys]
    if missing:
        shown = [key if key.isprintable() else repr(key) for key in keys[:_FEW]]
        more = ", ..." if len(keys) > _FEW else ""
        raise ImageSourceError(
            f"{path} lacks {' and '.join(missing)}: it needs {' and '.join(needed)}, "
            f"and holds {', '.join(shown) or 'nothing'}{more}."
        )


def _map_array(file: Path) -> NDArray[Any]:
    """Map an array after a look at what it claims to be."""
    with _reading(file):
        if not file.is_file():  # a pipe would be read without an end
            raise ImageSourceError(f"{file} is not a file: take it out of its folder.")
        try:
            with file.open("rb") as header:
                check_header(header, file.stat().st_size)
            array: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
            return array
        except ValueError as error:
            raise ImageSourceError(
                f"{file} holds Python objects or a damaged array: write it with "
                "numpy.save from an array of numbers."
            ) from error


def _read_array(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> NDArray[Any]:
    """Read an array after a look at what it claims to be."""
    # numpy.savez and numpy.savez_compressed use no other methods.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError(f"method {member.compress_type}")
    if member.compress_size > path.stat().st_size:
        raise ValueError(f"{member.filename} is larger than its archive")
    if member.file_size > _SMALL + _RATIO * member.compress_size:
        raise ImageSourceError(
            f"{path} holds {member.filename} packed to less than a {_RATIO}th of its "
            "size: write it with numpy.savez, which packs nothing."
        )
    with archive.open(member) as file:
        check_header(file, member.file_size)
    # Opened again, because a file of a zip that was wound back is not checked by CRC.
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
