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

from denoising_autoencoder.artifacts.files import write_atomically
from denoising_autoencoder.artifacts.packing import Arrays, pack, unpack
from denoising_autoencoder.errors import DatasetFileError

_SUFFIX = ".safetensors"


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

    def load(self, key: str) -> tuple[Arrays, dict[str, Any]] | None:
        """Read a checkpoint.

        Args:
            key: Hash of everything that decides the training's bits.

        Returns:
            Arrays by name, and the rest of the state; None if the file does not exist.

        Raises:
            DatasetFileError: The file cannot be read, or is damaged.
        """
        path = self._path(key)
        try:
            content = path.read_bytes()
            self._note(path)
            return unpack(content)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DatasetFileError(
                f"The checkpoint {path} cannot be read ({error.strerror}): give access "
                "to it, or delete it."
            ) from error
        except ValueError as error:
            raise DatasetFileError(
                f"The checkpoint {path} is damaged: delete it, and the training starts "
                "anew."
            ) from error

    def states_of(self, label: str) -> list[dict[str, Any]]:
        """What the checkpoints of a label hold besides their arrays.

        Checkpoints of earlier releases have no label; they are included. Files that
        cannot be read are left out, since nothing says whose they are.

        Args:
            label: Name of the training.
        """
        states = []
        for key in self.keys():
            with suppress(OSError, ValueError):
                states.append(unpack(self._path(key).read_bytes())[1])
        # Other files of this project have the same header, but no step.
        return [
            state
            for state in states
            if "step" in state and state.get("label", label) == label
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
        try:
            write_atomically(path, pack(arrays, state))
        except OSError as error:
            raise DatasetFileError(
                f"The checkpoint {path} cannot be written ({error.strerror}): make "
                "room or give access, and the same command resumes from the last one."
            ) from error
        self._note(path)
        return str(path)

    def discard_used(self) -> None:
        """Delete the checkpoints that this thread loaded or saved.

        A file that another run of the same training has replaced since stays.
        """
        for path, identity in self._used.pop(threading.get_ident(), {}).items():
            with suppress(FileNotFoundError):
                if _identity(path) == identity:
                    path.unlink()

    def _note(self, path: Path) -> None:
        self._used[threading.get_ident()][path] = _identity(path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns
