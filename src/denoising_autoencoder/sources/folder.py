"""Pictures of one's own, from a folder: any sizes and formats, cut into tiles."""

from __future__ import annotations

import logging
import math
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.artifacts.files import temporary_folder
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.in_order import InOrder, pool_of
from denoising_autoencoder.errors import ImageSourceError, PictureError
from denoising_autoencoder.pictures.picture import open_picture
from denoising_autoencoder.pictures.reading import shown
from denoising_autoencoder.sources.picture_files import (
    PictureFile,
    find_pictures,
    inspect,
    split,
    without_copies,
)
from denoising_autoencoder.sources.raw_images import RawImages, SourceFile
from denoising_autoencoder.sources.request import Cutting, Request
from denoising_autoencoder.sources.room import in_other_order, room_for
from denoising_autoencoder.sources.tiles import cut_tiles
from denoising_autoencoder.terminal.progress import track
from denoising_autoencoder.validation import LONGEST_TITLE

logger = logging.getLogger(__name__)

_FILES = 5
"""Bytes on the disk for each byte of tiles: as they are read, the same in random order,
the artifact, and two of the normalized one."""

_MOST_THREADS = 8
"""Pictures that are in memory at once."""

_ORDER_SEED = 0
"""Seed of the order of the tiles: the same for all runs, so that runs of different
seeds are judged on the same images."""

_FEW = 10
"""Files that the log names; all are in the images' own record."""

NOTICES = {
    "jpeg": "JPEG: the traces of its 8x8 blocks will be learned as if they belonged to "
    "the pictures (images.reduce=2 takes most of them away)",
    "alpha": "with an alpha channel, which is not used",
    "grey": "grey: each counts as a picture whose three colours are equal",
    "deep": "of more than 8 bits, which become 8: 16 bits by value / 257, floats from "
    "their black to their white",
    "pages": "with several pages, each of which is cut",
}
"""What the log says of pictures of a kind, by their trait."""

_DOUBTFUL = ("jpeg", "grey")
"""Traits with which a network learns what it should not."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass
class _Problems:
    """Files that cannot be used.

    Attributes:
        fatal: Whether the first one ends the run.
        sentences: What was wrong with each.
    """

    fatal: bool
    sentences: list[str] = field(default_factory=list)

    def report(self, sentence: str) -> None:
        if self.fatal:
            raise ImageSourceError(
                f"{sentence.removesuffix('.')}; images.on_error=skip leaves such "
                "pictures out."
            )
        self.note(sentence)

    def note(self, sentence: str) -> None:
        self.sentences.append(sentence)
        if len(self.sentences) <= _FEW:
            logger.warning("Skipped: %s", sentence)

    def close(self) -> None:
        hidden = len(self.sentences) - _FEW
        if hidden > 0:
            logger.warning("Skipped: %d more files, named in image_info.", hidden)


def read(request: Request) -> RawImages:
    """Read all pictures of a folder and cut them into tiles.

    The same folder and parameters give the same images, to the last bit. No picture has
    tiles both for training and for test. Flat tiles are left out. The tiles of a part
    are in random order, so that the first few show many pictures.

    Args:
        request: The folder; how its pictures are cut; a name that replaces the
            folder's own; the seed of the split, if no subfolders are the split.

    Returns:
        RGB images of `cutting.tile` pixels a side, the files they are from and those
        that were left out.

    Raises:
        ImageSourceError: The folder cannot be read, has too few usable pictures or too
            many tiles for the disk, or a picture cannot be used and `on_error` is
            "raise".
    """
    folder, cutting = request.path, request.cutting
    assert folder is not None, "the table of sources says that this one needs it"
    problems = _Problems(cutting.on_error == "raise")
    data = request.archive.path.parent
    with (
        pool_of(min(available_cores(), _MOST_THREADS)) as in_order,
        temporary_folder(data) as scratch,
    ):
        files = _inspect_all(folder, cutting, problems, in_order)
        train, test = split(files, folder, cutting.test_share, request.seed)
        _refuse_too_few(folder, train, test, len(problems.sentences))
        _refuse_too_many(folder, [*train, *test], cutting, data)
        _log_notices([*train, *test], unused=len(files) - len(train) - len(test))
        ids = {file.path: number for number, file in enumerate(files)}
        parts = [
            _read_part(part, ids, cutting, problems, in_order, scratch / name)
            for name, part in (("train", train), ("test", test))
        ]
    problems.close()
    (train_images, train_ids), (test_images, test_ids) = parts
    train_left, test_left = set(train_ids.tolist()), set(test_ids.tolist())
    _refuse_too_few(folder, train_left, test_left, len(problems.sentences))
    return RawImages(
        name=request.name or _name_of(folder),
        train_images=train_images,
        test_images=test_images,
        train_photographs=train_ids,
        test_photographs=test_ids,
        files=tuple(
            SourceFile(file.name, file.sha256, number)
            for number, file in enumerate(files)
            if number in train_left or number in test_left
        ),
        skipped=tuple(problems.sentences),
    )


def _inspect_all(
    folder: Path, cutting: Cutting, problems: _Problems, in_order: InOrder
) -> list[PictureFile]:
    paths = find_pictures(folder)
    found = in_order(_or_error(partial(inspect, folder=folder, cutting=cutting)), paths)
    usable = []
    for file in track(found, "look at pictures", len(paths)):
        if isinstance(file, PictureError):
            problems.report(str(file))
        else:
            usable.append(file)
    return without_copies(usable, problems.note)


def _or_error(
    function: Callable[[_Item], _Result],
) -> Callable[[_Item], _Result | PictureError]:
    """The function, with an error as a result, so that the others are read."""

    def call(item: _Item) -> _Result | PictureError:
        try:
            return function(item)
        except PictureError as error:
            return error

    return call


def _refuse_too_few(
    folder: Path, train: Collection[object], test: Collection[object], skipped: int
) -> None:
    if len(train) < 2 or not len(test):
        left_out = f" ({skipped} could not be used)" if skipped else ""
        raise ImageSourceError(
            f"{shown(folder)} has too few pictures: {len(train)} for training and "
            f"validation and {len(test)} for test{left_out}, but 2 and 1 are needed: "
            "add some (PNG, JPEG, TIFF, WebP or BMP, larger than a tile, not plain)."
        )


def _refuse_too_many(
    folder: Path, files: Sequence[PictureFile], cutting: Cutting, data: Path
) -> None:
    count = sum(file.tiles for file in files)
    size = count * cutting.tile**2 * 3
    most = shutil.disk_usage(data).free // _FILES
    if size > most:
        stride = math.ceil(cutting.step * math.sqrt(size / max(1, most)))
        raise ImageSourceError(
            f"{shown(folder)} gives {count:,} tiles, {size / 2**30:.1f} GiB, and a run "
            f"needs {_FILES} times as much on the disk of {data}, which has "
            f"{most * _FILES / 2**30:.1f} GiB: set images.stride={stride} or more, "
            "take fewer pictures, or make room."
        )


def _log_notices(files: Sequence[PictureFile], unused: int) -> None:
    counts = Counter(trait for file in files for trait in file.traits)
    for trait, notice in NOTICES.items():
        if counts[trait]:
            level = logging.WARNING if trait in _DOUBTFUL else logging.INFO
            logger.log(
                level, "%d of %d pictures: %s.", counts[trait], len(files), notice
            )
    if unused:
        logger.warning("Pictures outside of train/ and test/ are not used: %d.", unused)


def _read_part(
    files: Sequence[PictureFile],
    ids: dict[Path, int],
    cutting: Cutting,
    problems: _Problems,
    in_order: InOrder,
    scratch: Path,
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The tiles of some pictures in random order, and the picture of each.

    Large parts are in files whose names begin with `scratch`.
    """
    room = sum(file.tiles for file in files)
    # What flat tiles would have filled is never touched, and takes no memory.
    images = room_for(scratch, (room, cutting.tile, cutting.tile, 3))
    photographs = np.empty(room, np.int32)
    used = flat = 0
    read = in_order(_or_error(partial(_tiles_of, cutting=cutting)), files)
    shown_read = track(read, "read pictures", len(files))
    for file, tiles in zip(files, shown_read, strict=True):
        if isinstance(tiles, PictureError):
            problems.report(str(tiles))
            continue
        end = used + len(tiles)
        images[used:end], photographs[used:end] = tiles, ids[file.path]
        used, flat = end, flat + file.tiles - len(tiles)
    logger.info(
        "%d pictures give %d tiles; %d flat ones, without detail to learn from, are "
        "left out.",
        len(files),
        used,
        flat,
    )
    order = np.random.default_rng(_ORDER_SEED).permutation(used)
    shuffled = in_other_order(images, order, scratch.with_suffix(".shuffled"))
    return shuffled, photographs[order]


def _tiles_of(file: PictureFile, cutting: Cutting) -> NDArray[np.uint8]:
    with open_picture(file.path, 2**62) as picture:
        if picture.stamp != file.stamp:
            raise PictureError(
                f"{shown(file.path)} changed while the folder was read: wait until "
                "nothing writes to it, and start again."
            )
        rows = [
            row
            for page in range(picture.pages)
            for row in cut_tiles(picture.read_page(page).color, picture.range, cutting)
        ]
    return np.concatenate(rows)


def _name_of(folder: Path) -> str:
    name = folder.resolve().name
    return name[:LONGEST_TITLE] if name.isprintable() and name.strip() else "pictures"
