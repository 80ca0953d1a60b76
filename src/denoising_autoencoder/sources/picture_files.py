"""The picture files of a folder: found, looked at, and divided into train and test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from denoising_autoencoder.artifacts.files import sha256
from denoising_autoencoder.errors import (
    ImageSourceError,
    PictureError,
    PictureTooLargeError,
)
from denoising_autoencoder.pictures.formats import find_format
from denoising_autoencoder.pictures.picture import SUFFIXES, Picture, open_picture
from denoising_autoencoder.pictures.reading import Stamp, reading, shown
from denoising_autoencoder.sources.request import Cutting
from denoising_autoencoder.sources.tiles import count_tiles

_MOST_PIXELS = 250_000_000
"""Pixels of a picture, which is read as a whole; a few are in memory at once."""

PARTS = ("train", "test")
"""Subfolders that are the split, if both are there."""


@dataclass(frozen=True)
class PictureFile:
    """A picture that can be cut into tiles, as far as its header says.

    Attributes:
        path: The file.
        name: Path in the folder.
        sha256: Hexadecimal SHA-256 of the file.
        stamp: What tells whether the file has changed since.
        tiles: Number of its tiles, flat ones among them.
        traits: What a user should know of it: keys of `folder.NOTICES`.
    """

    path: Path
    name: str
    sha256: str
    stamp: Stamp
    tiles: int
    traits: tuple[str, ...]


def find_pictures(folder: Path) -> list[Path]:
    """The files with a picture's suffix, in the order of their names.

    Subfolders are searched too; hidden files and folders, and links to folders, are
    not.

    Args:
        folder: The folder.

    Raises:
        ImageSourceError: It is not a folder, or it or a subfolder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise ImageSourceError(
            f"{shown(Path(error.filename))} cannot be read ({error.strerror}): give "
            "access to it, or give images.path another folder."
        ) from error

    if not is_folder(folder):
        raise ImageSourceError(
            f"{shown(folder)} is not a folder: give images.path the folder of the "
            "pictures to read."
        )
    found: list[Path] = []
    for root, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(root, name)
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
        ]
    # Not by Path, which compares as the system does.
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder, as far as this user may see."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # of a name that no file can have
        return False


def inspect(path: Path, folder: Path, cutting: Cutting) -> PictureFile:
    """Read the header of a picture, and all of its bytes for their SHA-256.

    Args:
        path: The file.
        folder: Folder in which it was found.
        cutting: How it will be cut.

    Raises:
        PictureError: It is unreadable, damaged, smaller than a tile or far too large.
    """
    with _opened(path) as picture:
        tiles = count_tiles(picture.height, picture.width, cutting)
        if not tiles:
            reduced = f", reduced by {cutting.reduce}," if cutting.reduce > 1 else ""
            raise PictureError(
                f"{shown(path)} has {picture.width} x {picture.height} pixels, "
                f"which{reduced} are less than a tile of {cutting.tile} x "
                f"{cutting.tile}: set images.tile to a smaller side."
            )
        traits = {
            "jpeg": find_format(path) == "JPEG" and cutting.reduce == 1,
            "alpha": picture.alpha,
            "grey": picture.channels == 1,
            "deep": picture.dtype != np.uint8,
            "pages": picture.pages > 1,
        }
        return PictureFile(
            path,
            shown(path.relative_to(folder)),
            _sha256(path),
            picture.stamp,
            tiles * picture.pages,
            tuple(trait for trait, has in traits.items() if has),
        )


def _opened(path: Path) -> Picture:
    try:
        return open_picture(path, _MOST_PIXELS)
    except PictureTooLargeError:  # whose sentence is for another command
        raise PictureError(
            f"{shown(path)} has more than {_MOST_PIXELS / 1e6:g} million pixels: cut "
            "it into parts."
        ) from None


def _sha256(path: Path) -> str:
    with reading(path):
        return sha256(path)


def without_copies(
    files: Iterable[PictureFile], report: Callable[[str], None]
) -> list[PictureFile]:
    """Leave out each file that has the bytes of an earlier one.

    Args:
        files: The files.
        report: Takes a sentence for each that is left out.
    """
    first: dict[str, PictureFile] = {}
    for file in files:
        known = first.setdefault(file.sha256, file)
        if known is not file:
            report(f"{file.name} has the same content as {known.name}.")
    return list(first.values())


def split(
    files: Sequence[PictureFile], folder: Path, share: float, seed: int
) -> tuple[list[PictureFile], list[PictureFile]]:
    """Divide pictures into those for training and validation, and those for test.

    Args:
        files: The pictures.
        folder: If it has subfolders train/ and test/, these are the split, and what is
            in neither is left out.
        share: Share of the pictures that are drawn for test else; at least one is.
        seed: Seed of the draw.

    Returns:
        Pictures for training and validation, and for test, each in the given order.
    """
    if all(is_folder(folder / part) for part in PARTS):
        parts = [file.path.relative_to(folder).parts[0] for file in files]
        drawn = [PARTS.index(part) if part in PARTS else -1 for part in parts]
    else:
        count = max(1, round(share * len(files)))
        drawn = [0] * len(files)
        for index in np.random.default_rng(seed).permutation(len(files))[:count]:
            drawn[index] = 1
    train, test = (
        [file for file, which in zip(files, drawn, strict=True) if which == part]
        for part in range(len(PARTS))
    )
    return train, test
