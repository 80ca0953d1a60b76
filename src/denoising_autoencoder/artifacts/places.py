"""Where a project keeps what, so that other people's files are told from its own."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class Places:
    """The places that the catalog gives.

    Attributes:
        root: Folder of all artifacts, absolute.
        templates: Folders of versions, absolute. A `{placeholder}` stands for any name
            of one folder.
        folder_of: Function from a dataset's name to the folder of its versions; None
            for what is not an artifact.
        checkpoints: Folders of checkpoints.
        studies: Folders of studies.
        downloads: Files that are downloaded, and their locks.
    """

    root: Path
    templates: tuple[str, ...]
    folder_of: Callable[[str], Path | None]
    checkpoints: frozenset[Path] = frozenset()
    studies: frozenset[Path] = frozenset()
    downloads: frozenset[Path] = frozenset()

    def is_artifact(self, folder: Path) -> bool:
        """Whether the catalog gives this folder to the versions of an artifact."""
        return self._artifacts.fullmatch(folder.as_posix()) is not None

    def is_known(self, folder: Path) -> bool:
        """Whether the catalog names this folder, or one below it."""
        others = self.checkpoints | self.studies | self.downloads
        return self._known.fullmatch(folder.as_posix()) is not None or any(
            place.is_relative_to(folder) for place in others
        )

    def artifacts(self) -> Iterator[Path]:
        """The folders of versions that exist."""
        for template in self.templates:
            # From the root on, since the glob goes deeper with every folder.
            inside = Path(template).is_relative_to(self.root)
            start = self.root if inside else Path(Path(template).anchor)
            rest = Path(template).relative_to(start).as_posix()
            wildcards = "*".join(map(glob.escape, _PLACEHOLDER.split(rest)))
            yield from start.glob(wildcards)

    @cached_property
    def _artifacts(self) -> re.Pattern[str]:
        return _any_of(self.templates)

    @cached_property
    def _known(self) -> re.Pattern[str]:
        above = {
            parent.as_posix()
            for template in self.templates
            for parent in Path(template).parents
        }
        return _any_of((*self.templates, *above))


def _any_of(templates: tuple[str, ...]) -> re.Pattern[str]:
    patterns = (
        "[^/]+".join(map(re.escape, _PLACEHOLDER.split(template)))
        for template in templates
    )
    return re.compile("|".join(patterns))
