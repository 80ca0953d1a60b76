"""What all formats that Pillow reads have in common."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, TypedDict

import numpy as np

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.bands import from_pillow, to_pillow
from denoising_autoencoder.pictures.formats import Format
from denoising_autoencoder.pictures.kind import Page, Picture
from denoising_autoencoder.pictures.reading import Stamp, check_size, shown

if TYPE_CHECKING:
    from PIL import Image

_LIMIT = Lock()


@dataclass(frozen=True, kw_only=True)
class PillowPicture(Picture):
    """A picture of 8 bits and one page.

    Attributes:
        mode: Pillow's mode of the pixels: L, LA, RGB or RGBA.
    """

    format: ClassVar[Format]
    mode: str

    def _read(self, index: int) -> Page:
        if index:
            raise IndexError(index)
        with opened(self.path, self.format) as image:
            image.load()
            return from_pillow(
                image if image.mode == self.mode else image.convert(self.mode)
            )

    def _write(self, target: Path, pages: Iterator[Page]) -> None:
        # The page is free again when Pillow has its own copy.
        (image,) = map(to_pillow, pages)
        with target.open("wb") as file:
            self._encode(image, file)

    @abstractmethod
    def _encode(self, image: Image.Image, file: BinaryIO) -> None:
        """Write an image of this mode."""


class Fields(TypedDict):
    """The fields of a `PillowPicture` that all formats have in common."""

    path: Path
    stamp: Stamp
    width: int
    height: int
    channels: int
    dtype: np.dtype[Any]
    alpha: bool
    mode: str


def read_fields(
    path: Path, stamp: Stamp, image: Image.Image, most_pixels: int
) -> Fields:
    """What a file says of its pixels.

    Args:
        path: The file.
        stamp: Taken before the file was opened.
        image: The opened file.
        most_pixels: Limit of width times height.

    Raises:
        PictureError: It is too large, animated, or its colours are of a kind that is
            refused.
    """
    width, height = image.size
    check_size(path, width, height, most_pixels)
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise PictureError(
            f"{shown(path)} is animated: save the pictures one by one, and take those."
        )
    mode = _mode(path, image)
    return Fields(
        path=path,
        stamp=stamp,
        width=width,
        height=height,
        channels=len(mode.removesuffix("A")),
        dtype=np.dtype(np.uint8),
        alpha=mode.endswith("A"),
        mode=mode,
    )


def _mode(path: Path, image: Image.Image) -> str:
    plain = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"}
    alpha = image.has_transparency_data
    if image.mode == "P":
        # A profile for colours does not fit a grey picture.
        grey = not alpha and "icc_profile" not in image.info and _is_grey(image)
        return "RGBA" if alpha else "L" if grey else "RGB"
    if image.mode not in plain:
        raise PictureError(
            f"{shown(path)} has colours of the kind {image.mode}, which no denoiser "
            "has learned: convert it to RGB (with its ICC profile), and take that."
        )
    mode = plain[image.mode]
    return mode if mode.endswith("A") or not alpha else f"{mode}A"


def _is_grey(image: Image.Image) -> bool:
    # `getpalette` would decode the pixels.
    assert image.palette is not None
    return all(len(set(color[:3])) == 1 for color in image.palette.colors)


@contextmanager
def opened(path: Path, kind: Format) -> Iterator[Image.Image]:
    """Open a file with one of Pillow's plugins, without Pillow's own limit of pixels.

    Args:
        path: The file.
        kind: Format that the file has.
    """
    from PIL import Image

    # The limit is a global variable, and `check_size` has another one.
    with _LIMIT, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metadata, which is copied as it is
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(path, formats=(kind,))
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    with image:
        yield image
