"""The names of versions, their order, and the version of a run.

A version is named after the moment at which its run began. So versions are ordered by
the clock, which may have gone back since the newest was saved. `claim` gives a run a
version that comes after all others.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from denoising_autoencoder.artifacts.store import Store
from denoising_autoencoder.errors import DatasetFileError

logger = logging.getLogger(__name__)

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z", re.ASCII)
"""The form of Kedro's versions: UTC, to the millisecond."""

CLAIM = re.compile(rf"\.{_FORM.pattern}\.run", re.ASCII)
"""Name of the file that reserves a version while its run goes on."""


def is_version(name: str) -> bool:
    """Whether a folder's name is that of a version, such as a run gives it.

    A copy that somebody made beside the versions has another name.
    """
    return _FORM.fullmatch(name) is not None and _moment(name) is not None


def names_of(artifact: Path) -> Iterator[str]:
    """The names of an artifact's versions, in any order.

    What has a file of the artifact but not the name of a version, such as a copy that
    somebody made, is passed over; a warning names it once.

    Args:
        artifact: Folder of versions, which may not exist.

    Raises:
        OSError: The folder cannot be read.
    """
    if not artifact.is_dir():
        return
    with os.scandir(artifact) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        if is_version(name):
            yield name
        # A hidden folder is being saved, or was left by a kill.
        elif not name.startswith("."):
            with suppress(PermissionError):
                if (artifact / name / artifact.name).exists():
                    _warn_of(artifact / name)


@cache
def _warn_of(folder: Path) -> None:
    logger.warning(
        "%s is not read: its name is not one that a run gives to a version, such as "
        "2026-01-31T12.30.00.000Z.",
        folder,
    )


def following(version: str) -> str:
    """The version that comes a millisecond after another.

    Raises:
        DatasetFileError: The calendar ends with the version.
    """
    try:
        after = (_moment(version) or datetime.max) + timedelta(milliseconds=1)
    except OverflowError as error:
        raise DatasetFileError(
            f"No version can come after {version}: rename or remove all folders of "
            "that name."
        ) from error
    return f"{after:%Y-%m-%dT%H.%M.%S}.{after.microsecond // 1000:03}Z"


def newest_version(artifacts: Iterable[Path]) -> str:
    """The newest of all versions of several artifacts; empty if there are none.

    Args:
        artifacts: Folders of versions. What cannot be read has no versions here; who
            reads it will name the problem.
    """
    newest = ""
    for artifact in artifacts:
        # Only names that would win are looked at closely: there may be thousands.
        with suppress(OSError), os.scandir(artifact) as entries:
            for entry in entries:
                if entry.name > newest and is_version(entry.name):
                    newest = entry.name
    return newest


@contextmanager
def claim(version: str, newest: str, root: Path, store: Store) -> Iterator[str]:
    """Reserve a version for a run while the block runs.

    Args:
        version: Version after the clock.
        newest: Newest version that is saved; empty if there is none.
        root: Folder of all artifacts; it is made if it is missing. Where that is not
            possible, nothing is reserved.
        store: Store of that folder.

    Yields:
        The version itself if it is newer than all others and no other run has
        reserved it, else the first one after these.

    Raises:
        DatasetFileError: No later version exists, or the store cannot be written.
    """
    is_new = not root.exists()
    with suppress(OSError):
        root.mkdir(parents=True, exist_ok=True)
        newest = max([newest, *(name[1:-4] for name in store.reserved(root))])
    chosen = version if version > newest else following(newest)
    file = None
    with suppress(OSError):
        while file is None:
            try:
                place = root / f".{chosen}.run"
                store.reserve(place)
                file = place
            except FileExistsError:  # since another run has looked, too
                chosen = following(chosen)
    try:
        yield chosen
    finally:
        if file is not None:
            store.release(file)
        with suppress(OSError):
            if is_new:
                root.rmdir()  # if nothing was saved


def _moment(version: str) -> datetime | None:
    """The moment that a version is named after; None if the calendar lacks it."""
    date, time = version[:10], version[11:19].replace(".", ":")
    try:
        return datetime.fromisoformat(f"{date}T{time}.{version[20:23]}")
    except ValueError:
        return None
