"""A versioned file that is either whole or not there."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from kedro.io.core import (
    AbstractDataset,
    AbstractVersionedDataset,
    DatasetError,
    Version,
)

from denoising_autoencoder.errors import DatasetFileError


class AtomicDataset(AbstractVersionedDataset[Any, Any]):
    """Saves through any other dataset, atomically, into a version of its own.

    Kedro's datasets write straight to the final path: what a killed or failing save
    leaves there is the newest version from then on. This one lets the inner dataset
    write to a temporary file in the folder of the version, flushes it to the disk and
    renames it. Local files only.

    Args:
        filepath: Path of the artifact; versions are kept in a folder of that name.
        dataset: Configuration of the inner dataset: its `type`, and arguments other
            than `filepath`.
        version: Set by Kedro for an entry with `versioned: true`.
        metadata: Free; kedro-viz reads its own key.

    Example:
        ```yaml
        metrics:
          type: denoising_autoencoder.datasets.atomic.AtomicDataset
          filepath: data/08_reporting/metrics.csv
          versioned: true
          dataset: {type: pandas.CSVDataset, save_args: {index: false}}
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        dataset: dict[str, Any],
        version: Version | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            filepath=PurePosixPath(filepath),
            version=version,
            exists_function=lambda path: Path(path).exists(),
            glob_function=_glob,
        )
        self._configuration = dataset
        self.metadata = metadata

    def load(self) -> Any:
        """Load the version asked for, or the newest."""
        return self._inner(self._get_load_path()).load()

    def save(self, data: Any) -> None:
        """Save a new version, whole or not at all.

        Raises:
            DatasetFileError: The disk is full, or the folder cannot be written.
            DatasetError: The inner dataset failed, or the version exists already.
        """
        target = Path(self._get_save_path())
        try:
            self._write(data, target)
        except (OSError, DatasetError) as error:
            # The inner dataset's own DatasetError has the operating system's as cause.
            cause = error if isinstance(error, OSError) else error.__cause__
            if not isinstance(cause, OSError):
                raise
            raise DatasetFileError(
                f"{target} cannot be written ({cause.strerror}): make room or give "
                "access and run again; what was saved before is whole."
            ) from error

    def _write(self, data: Any, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Kedro finds versions by the exact file name, so it never sees this one.
        temporary = target.with_name(f".{uuid4().hex}.{target.name}")
        try:
            self._inner(temporary).save(data)
            _flush(temporary)
            temporary.replace(target)
            _flush(target.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            # A folder of a version that never came to be; one with a file in it stays.
            if not any(target.parent.iterdir()):
                target.parent.rmdir()
            raise

    @property
    def path(self) -> Path:
        """The file that `load` reads: of the version asked for, or the newest."""
        return Path(self._get_load_path())

    @property
    def preview(self) -> Any:
        """The inner dataset's preview of the newest version, if it has one.

        kedro-viz asks for the attribute, and reads the kind of preview from the return
        annotation of the method that it finds.
        """
        try:
            return self._inner(self._get_load_path()).preview  # type: ignore[attr-defined]
        except DatasetError as error:  # nothing saved yet
            raise AttributeError(str(error)) from error

    def _inner(self, path: PurePosixPath | Path) -> AbstractDataset[Any, Any]:
        return AbstractDataset.from_config(
            "inner", {**self._configuration, "filepath": str(path)}
        )

    def _exists(self) -> bool:
        try:
            return Path(self._get_load_path()).exists()
        except DatasetError:
            return False

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": self._filepath,
            "dataset": self._configuration["type"],
            "version": self._version,
        }


def _glob(pattern: str) -> list[str]:
    """Paths that match; only the part of the version in Kedro's pattern is a wildcard.

    A project's folder may hold characters that mean something in a pattern, so the
    pattern is taken apart instead of being expanded as a whole.
    """
    path = Path(pattern)
    folder = path.parent.parent
    if not folder.is_dir():
        return []
    found = (version / path.name for version in folder.iterdir())
    return [str(candidate) for candidate in found if candidate.exists()]


def _flush(path: Path) -> None:
    """Have the operating system write a file, or a folder's names, to the disk."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
