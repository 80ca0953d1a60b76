"""Every folder below another, with what lies behind links told from the rest."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """A folder and the names in it.

    Attributes:
        path: Path from the folder that the walk began with.
        folders: Names of folders, and of links to folders.
        files: All other names.
        links: Names of links, to folders or to anything else.
        behind_link: Whether a link leads to the folder.
    """

    path: Path
    folders: frozenset[str]
    files: frozenset[str]
    links: frozenset[str]
    behind_link: bool


def walk(root: Path, enter: Callable[[Path], bool]) -> Iterator[Folder]:
    """Yield a folder and every folder below it, each once.

    Links to folders are followed after all that is reached without them, so that a
    folder that is reached in both ways counts as reached without.

    Args:
        root: Folder to begin with. It may be a link itself.
        enter: Function from a folder to whether the walk goes into it.

    Raises:
        OSError: A folder cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    direct: list[Path] = [root]
    by_links: list[Path] = []
    while direct or by_links:
        behind_link = not direct
        path = (direct or by_links).pop()
        status = path.stat()
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        folder = _read(path, behind_link)
        yield folder
        for name in folder.folders:
            by_link = behind_link or name in folder.links
            if enter(path / name):
                (by_links if by_link else direct).append(path / name)


def _read(path: Path, behind_link: bool) -> Folder:
    with os.scandir(path) as entries:
        found = [(entry.name, _is_folder(entry), _is_link(entry)) for entry in entries]
    return Folder(
        path=path,
        folders=frozenset(name for name, is_folder, _ in found if is_folder),
        files=frozenset(name for name, is_folder, _ in found if not is_folder),
        links=frozenset(name for name, _, is_link in found if is_link),
        behind_link=behind_link,
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link to itself leads to no folder
            return False
        raise


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Whether it is a link; a junction is one of Windows' links to folders."""
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", None)
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0)
    return entry.is_symlink() or tag == junction
