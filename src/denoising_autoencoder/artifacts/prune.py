"""Which old versions can be removed, and how much room that frees.

Only what this project saved is ever removed: a version of an artifact that the catalog
names, in the folder that the catalog gives it, with a lineage that says so. Everything
else is left alone, and so is all that lies behind a link.

A version stays if it is one of the newest of its artifact, or if a version that stays
was made from its content or together with it.
"""

from __future__ import annotations

import errno
import math
import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from denoising_autoencoder.artifacts.files import is_there, rename
from denoising_autoencoder.artifacts.folders import Folder, walk
from denoising_autoencoder.artifacts.lineage import FILE_NAME, Lineage, read_lineage
from denoising_autoencoder.artifacts.places import Places
from denoising_autoencoder.artifacts.versions import CLAIM, is_version
from denoising_autoencoder.errors import DatasetFileError

DAY = 24 * 3600

_HIDDEN = re.compile(r"\.[0-9a-f]{32}(-wal|-shm)?")
"""Name of what is being saved, removed, downloaded or unpacked."""

_CHECKPOINT = re.compile(r"[0-9a-f]{64}\.safetensors")

_STUDY = re.compile(r"[a-z0-9_]+-[0-9a-f]{16}\.db(-wal|-shm)?")

_OF_OTHERS = {".gitkeep", ".gitignore", ".DS_Store", "Thumbs.db"}
"""Files that nobody needs to be told of."""

_IN_USE = (errno.ENOTEMPTY, errno.EBUSY, errno.ESTALE)
"""Answers of NFS if a file is still open, here or on another machine."""


@dataclass(frozen=True, eq=False)
class SavedVersion:
    """A version of an artifact on the disk.

    Attributes:
        artifact: Folder of all versions of the artifact.
        name: Name of the version's folder in it.
        lineage: What made the version; empty if that is not recorded.
        ours: Whether it may be removed.
    """

    artifact: Path
    name: str
    lineage: Lineage
    ours: bool

    @property
    def folder(self) -> Path:
        """Folder `<artifact>/<version>`."""
        return self.artifact / self.name

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
        left_alone: What is not this project's.
        kept: Number of this project's versions that stay.
        freed: Bytes that the removal frees. A file that is a hard link to one that
            stays frees none.
    """

    versions: tuple[Path, ...]
    leftovers: tuple[Path, ...]
    left_alone: tuple[Path, ...]
    kept: int
    freed: int


def plan(
    places: Places, keep: int, now: float, unfinished: Collection[Path] = ()
) -> Plan:
    """Find what can be removed.

    Args:
        places: Where the catalog keeps what. Its root may be a link.
        keep: Number of newest versions of each artifact that stay, at least 1.
        now: Present time, in seconds since the epoch.
        unfinished: Folders of versions that a killed run of this project left half.

    Raises:
        DatasetFileError: A `lineage.json` is damaged, or a link leads nowhere, so that
            it is unknown what versions were made from.
        OSError: A folder cannot be read, so that its versions are unknown.
    """
    folders = list(_folders(places))
    _refuse_links_to_nowhere(folders, places)
    saved = [one for folder in folders for one in _saved(folder, places)]
    saved.sort(key=lambda one: one.name, reverse=True)
    kept = _all_needed(_seeds(saved, keep), saved)
    ours = {one: one.folder for one in saved if one.ours}
    gone = [folder for one, folder in ours.items() if one not in kept]
    with_notes = {folder for folder in gone if _holds_other_files(folder)}
    versions = tuple(sorted((one for one in gone if one not in with_notes), key=str))
    half = {one for one in unfinished if places.is_artifact(one.parent)}
    old = (one for one in half if now - one.lstat().st_mtime > DAY)
    leftovers = tuple(sorted([*_leftovers(folders, places, now), *old]))
    return Plan(
        versions=versions,
        leftovers=leftovers,
        left_alone=tuple(
            sorted(_left_alone(folders, places, set(ours.values()) - with_notes | half))
        ),
        kept=len(ours) - len(versions),
        freed=_freed([*versions, *leftovers]),
    )


def remove(paths: Iterable[Path]) -> None:
    """Remove folders and files; each is hidden first, in one step.

    What a program on a shared folder still reads stays hidden; `plan` finds it later.

    Raises:
        OSError: One cannot be removed; it is whole, and so are those after it.
    """
    for path in paths:
        if path.is_dir() and not os.access(path, os.W_OK | os.X_OK):  # another's
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        hidden = path.with_name(f".{uuid4().hex}")
        rename(path, hidden)
        try:
            if hidden.is_dir():
                shutil.rmtree(hidden)
            else:
                hidden.unlink()
        except OSError as error:
            if error.errno not in _IN_USE:
                raise


def _folders(places: Places) -> Iterator[Folder]:
    """Every folder that may hold versions; those outside of the root are only read."""

    def enter(folder: Path) -> bool:
        # Nothing but its own files is in the folder of a version.
        return not (is_version(folder.name) and places.is_artifact(folder.parent))

    yield from walk(places.root, enter)
    for artifact in places.artifacts():
        if not artifact.is_relative_to(places.root):
            for folder in walk(artifact, enter):
                yield replace(folder, behind_link=True)


def _refuse_links_to_nowhere(folders: Iterable[Folder], places: Places) -> None:
    for folder in folders:
        for name in folder.links & folder.files:
            path = folder.path / name
            if not folder.behind_link and places.is_known(path) and not path.exists():
                raise DatasetFileError(
                    f"{path} is a link that leads nowhere, so that nobody knows what "
                    "the versions behind it were made from: mount what it leads to, or "
                    "remove it, and prune again."
                )


def _saved(folder: Folder, places: Places) -> Iterator[SavedVersion]:
    """The versions in a folder: `<artifact>/<version>/<artifact>`."""
    artifact = folder.path
    for name in folder.folders:
        if _HIDDEN.fullmatch(name):  # being saved, or left by a kill
            continue
        whole = is_there(f"{artifact}/{name}/{artifact.name}")
        try:
            lineage = read_lineage(artifact / name / FILE_NAME)
        except DatasetFileError:
            if whole:
                raise
            continue  # of another program
        ours = (
            whole
            and not folder.behind_link
            and name not in folder.links
            and is_version(name)
            and places.folder_of(lineage.dataset) == artifact
        )
        if whole or lineage.sha256:
            yield SavedVersion(artifact, name, lineage, ours)


def _seeds(saved: Iterable[SavedVersion], keep: int) -> list[SavedVersion]:
    """The newest versions of each artifact, and all that is not to be removed."""
    seen: Counter[Path] = Counter()
    seeds = []
    for one in saved:
        seen[one.artifact] += is_version(one.name)
        if not one.ours or seen[one.artifact] <= keep:
            seeds.append(one)
    return seeds


def _all_needed(
    seeds: Iterable[SavedVersion], saved: Sequence[SavedVersion]
) -> set[SavedVersion]:
    """The versions that stay: the seeds, and all that leads to them."""
    by_content = defaultdict(list)
    by_run = defaultdict(list)
    for one in saved:
        by_content[one.lineage.sha256].append(one)
        by_run[one.name, one.lineage.dataset].append(one)
    stay = list(seeds)
    kept = set(stay)
    while stay:
        for needed in _needed(stay.pop(), by_content, by_run):
            if needed not in kept:
                kept.add(needed)
                stay.append(needed)
    return kept


def _needed(
    one: SavedVersion,
    by_content: Mapping[str, list[SavedVersion]],
    by_run: Mapping[tuple[str, str], list[SavedVersion]],
) -> Iterator[SavedVersion]:
    """The versions from which one was made, and those that were made with it."""
    for content in {**one.lineage.ancestors, **one.lineage.inputs}.values():
        having = by_content.get(content, [])
        # Equal bytes may have been made from different things.
        fitting = (other for other in having if other.fits(one))
        yield from [next(fitting, None) or having[0]] if having else []
    for sibling in one.lineage.siblings:
        yield from by_run.get((one.name, sibling), [])


def _holds_other_files(version: Path) -> bool:
    """Whether somebody has put something into the folder of a version."""
    ours = {FILE_NAME, version.parent.name}
    stem = version.parent.stem  # of other forms of the file
    with os.scandir(version) as entries:
        return any(
            entry.name not in ours
            and (not entry.is_file() or Path(entry.name).stem != stem)
            for entry in entries
        )


def _leftovers(folders: Iterable[Folder], places: Places, now: float) -> Iterator[Path]:
    """What killed runs left, and checkpoints that were not resumed for a week."""
    for folder in folders:
        ages = {} if folder.behind_link else _ages(folder.path, places)
        for name in {*folder.folders, *folder.files} - folder.links:
            path = folder.path / name
            for pattern, age in ages.items():
                if pattern.fullmatch(name) and now - path.lstat().st_mtime > age:
                    yield path


def _ages(folder: Path, places: Places) -> dict[re.Pattern[str], float]:
    """Seconds after which what a killed run left goes, by its name, in one folder."""
    if folder in places.checkpoints:
        return {_HIDDEN: DAY, _CHECKPOINT: 7 * DAY}
    if folder in places.studies:
        return {_HIDDEN: DAY, _STUDY: math.inf}  # they hold hours of work
    if places.is_artifact(folder) or _gets_downloads(folder, places):
        return {_HIDDEN: DAY}
    return {CLAIM: DAY} if folder == places.root else {}


def _gets_downloads(folder: Path, places: Places) -> bool:
    return any(file.parent == folder for file in places.downloads)


def _left_alone(
    folders: Iterable[Folder], places: Places, ours: set[Path]
) -> Iterator[Path]:
    """The topmost folders and files that are not this project's."""
    ours_only = (one for one in folders if not one.behind_link)
    for folder in filter(lambda one: places.is_known(one.path), ours_only):
        names = list(_ages(folder.path, places))
        for name in {*folder.folders, *folder.files}:
            path = folder.path / name
            known = name not in folder.links and (
                path in ours
                or path in places.downloads
                or (name in folder.folders and places.is_known(path))
                or any(pattern.fullmatch(name) for pattern in names)
            )
            if not known and name not in _OF_OTHERS:
                yield path


def _freed(paths: Iterable[Path]) -> int:
    names: Counter[tuple[int, int]] = Counter()
    found = {}
    for path in paths:
        for status in _files(path) if path.is_dir() else [path.lstat()]:
            names[status.st_dev, status.st_ino] += 1
            found[status.st_dev, status.st_ino] = status
    return sum(
        status.st_size for key, status in found.items() if names[key] == status.st_nlink
    )


def _files(folder: Path | str) -> Iterator[os.stat_result]:
    """The status of every file in a folder; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            else:
                yield os.lstat(entry.path)  # Windows' entries know no links
