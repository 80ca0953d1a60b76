"""Which pictures the named files, folders and patterns are.

A search goes on where a folder may not be entered or a link leads in a circle: there
`os.path` answers, and `pathlib` raises.
"""

from __future__ import annotations

import glob
import os
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.record import FILE_NAME
from denoising_autoencoder.inference.words import some_of
from denoising_autoencoder.pictures.reading import shown

_OTHER_PICTURES = frozenset(
    (
        *(".heic", ".heif", ".avif", ".gif", ".jp2", ".jxl", ".psd", ".exr", ".fits"),
        *(".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2"),
    )
)
"""Suffixes of pictures that are not read, in lower case."""


@dataclass(frozen=True)
class Found:
    """The pictures of a call.

    Attributes:
        files: File of each picture, by its name below the output folder. Two names
            differ in more than upper and lower case.
        left_out: Sentences about what was found and is not among them.
    """

    files: Mapping[str, Path]
    left_out: tuple[str, ...] = ()


def expand_inputs(inputs: Sequence[str], start: Path) -> list[Path]:
    """The files and folders that inputs name; one or more.

    Args:
        inputs: Files, folders, and patterns with * ? [] and ** that no shell expanded.
        start: Folder that relative inputs start from.

    Raises:
        ProjectError: An input names none, or cannot be read.
    """
    return [path for text in inputs for path in _expand(text, start)]


def find_pictures(
    inputs: Sequence[Path], suffixes: Collection[str], output: Path
) -> Found:
    """Find the pictures in files and folders, without opening any.

    A file is taken whatever its suffix, and its output has its name. A folder is
    searched with all subfolders; hidden files are left out. Its pictures keep their
    place below it, and below the folder's own name if there are several inputs.

    Args:
        inputs: Files and folders.
        suffixes: Suffixes of pictures in lower case, such as ".png".
        output: Folder for the outputs, which is not searched.

    Raises:
        ProjectError: Two pictures would have one output, or there are none.
    """
    search = _Search(suffixes, output)
    for path in inputs:
        if not os.path.isdir(path):  # noqa: PTH112, see the top
            search.add(path.name, path)
            continue
        above = Path(_absolute(path).name) if len(inputs) > 1 else Path()
        for below in search.walk(path):
            search.add((above / below).as_posix(), path / below)
    if not search.files:
        nothing = (
            f"There are no pictures ({' '.join(sorted(suffixes))}) in "
            f"{some_of(inputs)}: name other files or folders."
        )
        raise ProjectError(" ".join([nothing, *search.left_out()]))
    return Found(search.files, tuple(search.left_out()))


def one_name(name: str) -> str:
    """What is equal for names that some disk takes for one and the same."""
    return unicodedata.normalize("NFC", name).casefold()


def _absolute(path: Path) -> Path:
    """The path without `..`, links as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100, resolve() follows links


def _expand(text: str, start: Path) -> list[Path]:
    """The files and folders that one input names.

    Raises:
        ProjectError: There are none, or they cannot be read.
    """
    try:
        matches = [text] if text and os.path.lexists(start / text) else []
        if not matches:
            matches = sorted(glob.glob(text, root_dir=start, recursive=True))  # noqa: PTH207
        found = [_usable(start / match) for match in matches]
    except OSError as error:
        raise ProjectError(
            f"{shown(text)} cannot be read ({error.strerror}): name another input."
        ) from error
    if not matches:
        raise ProjectError(f"There is no {shown(text)}: name a file or a folder.")
    return found


def _usable(path: Path) -> Path:
    if not path.exists():
        raise ProjectError(
            f"{shown(path)} is a link that leads nowhere: name another input."
        )
    if not path.is_dir() and not path.is_file():
        raise ProjectError(
            f"{shown(path)} is neither a file nor a folder: name another input."
        )
    return path


class _Search:
    """Collects pictures, and what is left out.

    Args:
        suffixes: Suffixes of pictures in lower case.
        output: Folder that is not searched.

    Attributes:
        files: File of each picture, by its name below the output folder.
    """

    def __init__(self, suffixes: Collection[str], output: Path) -> None:
        self.files: dict[str, Path] = {}
        self._suffixes = suffixes
        self._output = os.path.realpath(output)
        self._names: dict[str, str] = {}
        self._seen: set[Path] = set()
        self._others: Counter[str] = Counter()
        self._sentences: list[str] = []

    def add(self, name: str, path: Path) -> None:
        """Take a picture; once, if it is named twice.

        Raises:
            ProjectError: Another has the same name, or one that differs in case only.
        """
        if _absolute(path) in self._seen:
            return
        self._seen.add(_absolute(path))
        earlier = self._names.setdefault(one_name(name), name)
        if earlier in self.files:
            why = f"would both become {shown(name)}"
            if earlier != name:
                why = (
                    f"would become {shown(earlier)} and {shown(name)}, which is one "
                    "name on some disks"
                )
            raise ProjectError(
                f"{shown(self.files[earlier])} and {shown(path)} {why}: denoise them "
                "in two calls with an output folder each."
            )
        self.files[name] = path

    def walk(self, folder: Path) -> Iterator[Path]:
        """The pictures in a folder and its subfolders, relative to it, sorted."""
        if not self._is_searched(folder, named=True):
            return
        for above, folders, names in os.walk(folder, onerror=self._note_unreadable):
            here = Path(above)
            folders[:] = [
                name for name in sorted(folders) if self._is_searched(here / name)
            ]
            for name in sorted(names):
                if self._is_picture(here / name):
                    yield (here / name).relative_to(folder)

    def left_out(self) -> list[str]:
        """Sentences about what was left out."""
        others = ", ".join(
            f"{count:,} {shown(suffix)}" for suffix, count in self._others.most_common()
        )
        pictures = sorted(self._others.keys() & _OTHER_PICTURES)
        advice = f" Save {', '.join(pictures)} as PNG or TIFF." if pictures else ""
        types = [f"Left out by type: {others}.{advice}"] if others else []
        return [*self._sentences, *types]

    def _is_searched(self, folder: Path, named: bool = False) -> bool:
        if folder.name.startswith(".") and not named:
            return False
        if os.path.islink(folder) and not named:  # noqa: PTH114
            self._sentences.append(
                f"{shown(folder)} is a link to a folder and was not searched: name it "
                "itself if its pictures are meant."
            )
            return False
        if os.path.realpath(folder) == self._output:
            self._sentences.append(
                f"{shown(folder)} is the output folder and was not searched."
            )
            return False
        if os.path.isfile(folder / FILE_NAME) and not named:  # noqa: PTH113
            self._sentences.append(
                f"{shown(folder)} has outputs of an earlier call and was not searched: "
                "name it itself if these are meant."
            )
            return False
        return True

    def _is_picture(self, path: Path) -> bool:
        if path.name.startswith("."):
            return False
        suffix = path.suffix.lower()
        if suffix not in self._suffixes:
            self._others[suffix or "without a suffix"] += 1
            return False
        if not os.path.isfile(path):  # noqa: PTH113
            self._sentences.append(f"{shown(path)} is not a readable file: left out.")
            return False
        return True

    def _note_unreadable(self, error: OSError) -> None:
        self._sentences.append(
            f"{shown(error.filename)} cannot be read ({error.strerror}): left out."
        )
