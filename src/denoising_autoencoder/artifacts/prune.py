"""Which old versions can be removed, and how much room that frees.

A version stays if it is one of the newest of its artifact, or if a version that stays
was made from its content or together with it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from denoising_autoencoder.artifacts.files import sha256
from denoising_autoencoder.artifacts.lineage import FILE_NAME, Lineage, read_lineage

DAY = 24 * 3600

_LEFTOVERS = (
    # Folders of killed saves and removals, and the archive while it is unpacked.
    (re.compile(r"\.([0-9a-f]{32}|cifar-.*)"), DAY),
    # Checkpoints of trainings that were never resumed.
    (re.compile(r"[0-9a-f]{64}\.safetensors"), 7 * DAY),
)
"""Names that killed runs leave, and the age in seconds after which they are removed."""

_KEDROS_VERSION = re.compile(r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z")


@dataclass(frozen=True)
class SavedVersion:
    """A version of an artifact on the disk.

    Attributes:
        folder: Folder `<artifact>/<version>`.
        lineage: What made the version; only the SHA-256 if that is not recorded.
    """

    folder: Path
    lineage: Lineage

    def fits(self, other: SavedVersion) -> bool:
        """Whether both were made from the same contents of what they have in common."""
        others = other.lineage.contents()
        return all(
            others.get(name, sha256) == sha256
            for name, sha256 in self.lineage.contents().items()
        )


@dataclass(frozen=True)
class Plan:
    """What would be removed.

    Attributes:
        versions: Folders of versions.
        leftovers: Files of killed runs, and checkpoints that were never resumed.
        kept: Number of versions that stay.
        freed: Bytes that the removal frees. A file that is a hard link to one that
            stays frees none.
    """

    versions: tuple[Path, ...]
    leftovers: tuple[Path, ...]
    kept: int
    freed: int


def plan(data: Path, keep: int, now: float) -> Plan:
    """Find what can be removed.

    Args:
        data: Folder of all artifacts.
        keep: Number of newest versions of each artifact that stay, at least 1.
        now: Present time, in seconds since the epoch.

    Raises:
        DatasetFileError: A `lineage.json` is damaged, so that it is unknown what its
            version was made from.
    """
    saved = sorted(_saved(data), key=lambda one: one.folder.name, reverse=True)
    by_content = defaultdict(list)
    for one in saved:
        by_content[one.lineage.sha256].append(one)
    stay = _newest(saved, keep)
    kept = {one.folder for one in stay}
    while stay:
        one = stay.pop()
        for needed in _needed(one, saved, by_content):
            if needed.folder not in kept:
                kept.add(needed.folder)
                stay.append(needed)
    versions = tuple(sorted(one.folder for one in saved if one.folder not in kept))
    leftovers = tuple(sorted(_leftovers(data, now)))
    return Plan(versions, leftovers, len(kept), _freed([*versions, *leftovers]))


def remove(paths: Iterable[Path]) -> None:
    """Remove folders and files; each is hidden first, in one step."""
    for path in paths:
        hidden = path.with_name(f".{uuid4().hex}")
        path.rename(hidden)
        if hidden.is_dir():
            shutil.rmtree(hidden)
        else:
            hidden.unlink()


def _walk(data: Path) -> Iterator[tuple[Path, list[str]]]:
    """Every folder with the names in it, each folder once.

    Links to folders are followed: versions on another disk were made from something.
    """
    seen = set()
    for name, folders, files in os.walk(data, followlinks=True):
        folder = Path(name)
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        yield folder, [*folders, *files]


def _saved(data: Path) -> Iterator[SavedVersion]:
    """Every version on the disk: `<artifact>/<version>/<artifact>`."""
    for folder, names in _walk(data):
        ours = FILE_NAME in names or _KEDROS_VERSION.fullmatch(folder.name)
        if ours and folder.parent.name in names and not folder.name.startswith("."):
            lineage = read_lineage(folder / FILE_NAME)
            if not lineage.sha256:
                digest = sha256(folder / folder.parent.name)
                lineage = replace(lineage, sha256=digest)
            yield SavedVersion(folder, lineage)


def _needed(
    one: SavedVersion,
    saved: Iterable[SavedVersion],
    by_content: Mapping[str, list[SavedVersion]],
) -> Iterator[SavedVersion]:
    """The versions from which one was made, and those that were made with it."""
    for content in {**one.lineage.ancestors, **one.lineage.inputs}.values():
        having = by_content.get(content, [])
        # Equal bytes may have been made from different things.
        yield from [other for other in having if other.fits(one)][:1] or having[:1]
    for other in saved:
        sibling = other.lineage.dataset in one.lineage.siblings
        if sibling and other.folder.name == one.folder.name:
            yield other


def _newest(saved: Iterable[SavedVersion], keep: int) -> list[SavedVersion]:
    seen: Counter[Path] = Counter()
    stay = []
    for one in saved:
        seen[one.folder.parent] += 1
        if seen[one.folder.parent] <= keep:
            stay.append(one)
    return stay


def _leftovers(data: Path, now: float) -> Iterator[Path]:
    for folder, names in _walk(data):
        for name in names:
            for pattern, age in _LEFTOVERS:
                path = folder / name
                if pattern.fullmatch(name) and now - path.lstat().st_mtime > age:
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
