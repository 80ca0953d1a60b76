"""The studies of the tuning: databases in a folder of their own.

A study is not an artifact: it grows with each trial, in however many runs.
"""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".db"


class Studies:
    """A folder with a database for each study.

    Args:
        folder: The folder; created with the first study.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stopping = False

    def path(self, name: str) -> Path:
        """The database of a study."""
        return self._folder / f"{name}{SUFFIX}"

    def names(self) -> list[str]:
        """The names of all studies."""
        return sorted(path.stem for path in self._folder.glob(f"*{SUFFIX}"))

    def stop(self) -> None:
        """Ask the search that uses a study to end after the training under way."""
        self._stopping = True

    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping
