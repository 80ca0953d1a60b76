"""What a place of artifacts can do: a local folder, or an object store.

All that reads and writes artifacts works on local files. A store says which versions
there are, brings their files here, and makes a whole folder a version in one step. For
a local folder these are the very files; an object store has a copy of them here.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath


@dataclass(frozen=True)
class Structure:
    """Everything that a place holds, as folders and files here.

    Attributes:
        root: Folder that stands for the place. Of an object store, the files have the
            sizes and ages of the objects, and only a `lineage.json` has its content.
        unfinished: Folders of versions that a killed run of this project left half.
    """

    root: Path
    unfinished: frozenset[Path] = frozenset()


class Store(ABC):
    """Where versions of artifacts are kept. Its paths are those of files here."""

    @abstractmethod
    def here(self, place: str | PurePath) -> Path:
        """The path here of a place in the store."""

    @abstractmethod
    def shown(self, path: Path) -> str:
        """The place of a path here, for people."""

    @abstractmethod
    def in_its_words(self) -> AbstractContextManager[None]:
        """Name the places of the store in errors that the block raises."""

    @abstractmethod
    def names_of(self, artifact: Path) -> Iterator[str]:
        """The names of an artifact's versions, in any order.

        Raises:
            OSError: The folder cannot be read.
            DatasetFileError: The store cannot be read.
        """

    @abstractmethod
    def is_there(self, file: str) -> bool:
        """Whether a version's file exists, and its version is whole.

        Raises:
            OSError: It is unknown, since a folder may not be entered.
            DatasetFileError: The store cannot be read.
        """

    @abstractmethod
    def fetch(self, folder: Path, *names: str) -> None:
        """Bring the lineage and other files of a version here, if they exist.

        Args:
            folder: Folder of the version.
            names: Names of its other files.

        Raises:
            DatasetFileError: The store cannot be read.
        """

    @abstractmethod
    def wait_for(self, file: Path) -> None:
        """Wait until a file is seen here that was saved, maybe by another machine.

        Raises:
            DatasetFileError: It is not seen for a minute.
        """

    @abstractmethod
    def twin_of(self, artifact: Path, sha256: str, size: int | None) -> Path | None:
        """Folder of the newest version with a content that a new one can share."""

    @abstractmethod
    def publish(self, folder: Path, version: Path) -> None:
        """Make a folder of complete files a version, in one step.

        Args:
            folder: Hidden folder beside the version; it is moved.
            version: Folder of the version.

        Raises:
            OSError: The version cannot be written, or exists already.
            DatasetFileError: The store cannot be written.
        """

    @abstractmethod
    def structure(
        self, root: Path, *, lineages: bool
    ) -> AbstractContextManager[Structure]:
        """Look at everything below a folder at once.

        Args:
            root: Folder of all artifacts.
            lineages: Whether lineages are read, too.
        """

    @abstractmethod
    def remove(self, path: Path) -> None:
        """Remove a version or a leftover.

        Raises:
            OSError: It cannot be removed, and is whole.
            DatasetFileError: The store cannot be written.
        """

    @abstractmethod
    def reserved(self, root: Path) -> list[str]:
        """The names of files in a folder that reserve a version.

        Raises:
            OSError: The folder cannot be read.
            DatasetFileError: The store cannot be read.
        """

    @abstractmethod
    def reserve(self, place: Path) -> None:
        """Create an empty file.

        Raises:
            FileExistsError: Another run has created it.
            OSError: The folder cannot be written.
            DatasetFileError: The store cannot be written.
        """

    @abstractmethod
    def release(self, place: Path) -> None:
        """Remove what `reserve` created, if that is possible."""

    def versions_in(self, pattern: str) -> list[str]:
        """Paths of the file in every version; Kedro drops those that do not exist.

        Only the version's part of Kedro's pattern is a wildcard: a project's folder may
        hold characters that have a meaning in patterns.

        Args:
            pattern: Path of a version's file with `*` for the version.

        Raises:
            OSError: The folder of the versions cannot be read.
            DatasetFileError: The store cannot be read.
        """
        path = self.here(pattern)
        artifact = path.parent.parent
        return [
            f"{artifact}{os.sep}{name}{os.sep}{path.name}"
            for name in self.names_of(artifact)
        ]
