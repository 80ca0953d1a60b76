"""Checkpoints of trainings that are not finished, in a folder of their own.

A checkpoint is not an artifact. It is replaced many times, and deleted once the model
is saved.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

from denoising_autoencoder.artifacts.files import sha256_of, write_atomically
from denoising_autoencoder.artifacts.packing import Arrays, pack, read_header, unpack
from denoising_autoencoder.artifacts.reading import read_regular
from denoising_autoencoder.errors import DatasetFileError

_SUFFIX = ".safetensors"

_CHECKSUM = "sha256"
"""Field of the state: the SHA-256 of the same file without this field."""


class Checkpoints:
    """A folder with a file for each training that is not finished.

    Args:
        folder: The folder; created when the first checkpoint is saved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: dict[int, dict[Path, tuple[int, int]]] = defaultdict(dict)
        self._stopping = False

    def stop(self) -> None:
        """Ask the trainings that save here to save a last time and to end."""
        self._stopping = True

    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    def is_empty(self) -> bool:
        """Whether no training has left a checkpoint."""
        return not self.keys()

    def keys(self) -> list[str]:
        """The keys of all checkpoints."""
        return sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}"))

    def load(self, key: str, largest: int) -> tuple[Arrays, dict[str, Any]] | None:
        """Read a checkpoint.

        Args:
            key: Hash of everything that decides the training's bits.
            largest: Largest number of bytes that the file can have.

        Returns:
            Arrays by name, and the rest of the state; None if the file does not exist.

        Raises:
            DatasetFileError: The file cannot be read, or does not hold what was saved.
        """
        path = self._path(key)
        try:
            arrays, state = unpack(read_regular(path, largest))
            self._note(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DatasetFileError(
                f"The checkpoint {path} cannot be read ({error.strerror}): give access "
                "to it, or delete it."
            ) from error
        except ValueError as error:
            raise self.damaged(key) from error
        if state.pop(_CHECKSUM, None) != sha256_of([pack(arrays, state)]):
            raise self.damaged(key)
        return arrays, state

    def damaged(self, key: str) -> DatasetFileError:
        """The error of a checkpoint that holds something else than a training's state.

        Args:
            key: Key of the checkpoint.
        """
        return DatasetFileError(
            f"The checkpoint {self._path(key)} is damaged: delete it, and the training "
            "starts anew."
        )

    def states_of(self, label: str) -> list[dict[str, Any]]:
        """What the checkpoints of a label hold besides their arrays.

        Checkpoints of earlier releases have no label; they are included. Files that
        cannot be read are left out, since nothing says whose they are.

        Args:
            label: Name of the training.

        Returns:
            States with an integer `step`. They are not compared with their checksum.
        """
        states = []
        for key in self.keys():
            with suppress(OSError, ValueError):
                states.append(read_header(self._path(key)))
        # Other files of this project have the same header, but no step.
        return [
            state
            for state in states
            if type(state.get("step")) is int and state.get("label", label) == label
        ]

    def save(self, key: str, arrays: Arrays, state: dict[str, Any]) -> str:
        """Replace a checkpoint, completely or not at all.

        Args:
            key: Hash of everything that decides the training's bits.
            arrays: Arrays by name.
            state: The rest of the state, as JSON can hold it.

        Returns:
            The path of the file.

        Raises:
            DatasetFileError: The disk is full, or the folder cannot be written.
        """
        path = self._path(key)
        checksum = {_CHECKSUM: sha256_of([pack(arrays, state)])}
        try:
            write_atomically(path, pack(arrays, {**state, **checksum}))
            self._note(path)
        except OSError as error:
            raise DatasetFileError(
                f"The checkpoint {path} cannot be written ({error.strerror}): make "
                "room or give access, and the same command resumes from the last one."
            ) from error
        return str(path)

    def discard_used(self) -> None:
        """Delete the checkpoints that this thread loaded or saved.

        A file that another run of the same training has replaced since stays.
        """
        for path, identity in self._used.pop(threading.get_ident(), {}).items():
            with suppress(OSError):  # prune removes it when it is old
                if _identity(path) == identity:
                    path.unlink()

    def _note(self, path: Path) -> None:
        self._used[threading.get_ident()][path] = _identity(path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns
