"""Which old versions may go, and how much room that makes.

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
    # What was being saved or removed, and the archive, unpacked or half downloaded.
    (re.compile(r"\.([0-9a-f]{32}|cifar-.*)"), DAY),
    # Checkpoints of trainings that nobody went on with.
    (re.compile(r"[0-9a-f]{64}\.safetensors"), 7 * DAY),
)
"""Names of what killed runs leave, and the age from which it is taken for abandoned."""

_KEDROS_VERSION = re.compile(r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z")


@dataclass(frozen=True)
class SavedVersion:
    """A version of an artifact on the disk.

    Attributes:
        folder: `<artifact>/<version>`.
        lineage: What made it; no more than the SHA-256 where that is not recorded.
    """

    folder: Path
    lineage: Lineage

    def fits(self, other: SavedVersion) -> bool:
        """Whether both were made from the same, as far as they have it in common."""
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
    """Remove folders and files; each goes out of sight first, and at once."""
    for path in paths:
        hidden = path.with_name(f".{uuid4().hex}")
        path.rename(hidden)
        if hidden.is_dir():
            shutil.rmtree(hidden)
        else:
            hidden.unlink()


def _walk(data: Path) -> Iterator[tuple[Path, list[str]]]:
    """Every folder with the names in it, each folder once.

    Links to folders are followed: what lies on another disk was made from something.
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
    """The versions that one that stays was made from, and what was made with it."""
    for content in {**one.lineage.ancestors, **one.lineage.inputs}.values():
        having = by_content.get(content, [])
        # Equal bytes may have been made from different things.
        yield from [other for other in having if other.fits(one)][:1] or having[:1]
    for other in saved:
        beside = other.lineage.dataset in one.lineage.siblings
        if beside and other.folder.name == one.folder.name:
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
