"""Which old versions may go, and how much room that makes.

A version stays if it is one of the newest of its artifact, or if a version that stays
was made from its content.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from denoising_autoencoder.lineage import FILE_NAME, Lineage, read_lineage

STALE_SECONDS = 24 * 3600
"""Age from which what is half-done is taken for abandoned."""

_LEFTOVERS = (
    "." + "[0-9a-f]" * 32,  # what was being saved, or removed
    ".cifar-*",  # the archive, unpacked or half downloaded
    "checkpoints/*.safetensors",
)


@dataclass(frozen=True)
class SavedVersion:
    """A version of an artifact on the disk.

    Attributes:
        folder: `<artifact>/<version>`.
        lineage: What made it; empty where that is not recorded.
    """

    folder: Path
    lineage: Lineage

    @property
    def content(self) -> tuple[str, str]:
        """Its dataset and the SHA-256 of its file."""
        return self.lineage.dataset, self.lineage.sha256


@dataclass(frozen=True)
class Plan:
    """What would be removed.

    Attributes:
        versions: Folders of versions.
        leftovers: What killed runs left, and checkpoints that nobody goes on with.
        kept: How many versions stay.
        freed: Bytes that the removal frees; what shares them with a version that stays
            (a hard link) frees none.
    """

    versions: tuple[Path, ...]
    leftovers: tuple[Path, ...]
    kept: int
    freed: int


def plan(data: Path, keep: int, now: float) -> Plan:
    """Find what may go.

    Args:
        data: The folder of all artifacts.
        keep: How many versions of each artifact stay in any case, at least 1.
        now: Seconds since the epoch.

    Raises:
        DatasetFileError: A `lineage.json` is damaged, so that nobody knows what its
            version was made from.
    """
    saved = sorted(_saved(data), key=lambda one: one.folder.name, reverse=True)
    stay = _newest(saved, keep)
    contents = {one.content for one in stay}
    # Each lineage names all of its ancestors, so that one round is enough.
    named = {pair for one in stay for pair in one.lineage.contents().items()}
    for one in saved:
        if one.content in named - contents:
            stay.append(one)
            contents.add(one.content)
    kept = {one.folder for one in stay}
    versions = tuple(sorted(one.folder for one in saved if one.folder not in kept))
    leftovers = tuple(sorted(_leftovers(data, now)))
    return Plan(versions, leftovers, len(kept), _freed([*versions, *leftovers]))


def remove(paths: Iterable[Path]) -> None:
    """Remove folders and files; each goes out of sight first, and at once."""
    for path in paths:
        hidden = path.with_name(f".{uuid4().hex}")
        path.rename(hidden)
        if hidden.is_dir():
            shutil.rmtree(hidden)
        else:
            hidden.unlink()


def _saved(data: Path) -> Iterator[SavedVersion]:
    """Every version on the disk: `<artifact>/<version>/<artifact>`."""
    # Links to folders are followed: what lies on another disk was made from something.
    for name, _, files in os.walk(data, followlinks=True):
        folder = Path(name)
        if folder.parent.name in files and not folder.name.startswith("."):
            yield SavedVersion(folder, read_lineage(folder / FILE_NAME))


def _newest(saved: Iterable[SavedVersion], keep: int) -> list[SavedVersion]:
    seen: Counter[Path] = Counter()
    stay = []
    for one in saved:
        seen[one.folder.parent] += 1
        if seen[one.folder.parent] <= keep:
            stay.append(one)
    return stay


def _leftovers(data: Path, now: float) -> Iterator[Path]:
    for pattern in _LEFTOVERS:
        for path in data.rglob(pattern):
            if now - path.lstat().st_mtime > STALE_SECONDS:
                yield path


def _freed(paths: Iterable[Path]) -> int:
    files = [
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    ]
    status = [file.lstat() for file in files]
    names = Counter((one.st_dev, one.st_ino) for one in status)
    sizes = {
        (one.st_dev, one.st_ino): one.st_size
        for one in status
        if names[one.st_dev, one.st_ino] == one.st_nlink
    }
    return sum(sizes.values())
