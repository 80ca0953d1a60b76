"""Opening a picture file of any format, and writing one like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from denoising_autoencoder.artifacts.files import replacing
from denoising_autoencoder.errors import PictureError, ProjectError
from denoising_autoencoder.pictures.bmp import open_bmp
from denoising_autoencoder.pictures.formats import SUFFIXES, Format, find_format
from denoising_autoencoder.pictures.jpeg import open_jpeg
from denoising_autoencoder.pictures.kind import Page, Picture
from denoising_autoencoder.pictures.png import open_png
from denoising_autoencoder.pictures.reading import Stamp, reading, shown
from denoising_autoencoder.pictures.tiff import open_tiff
from denoising_autoencoder.pictures.webp import open_webp

__all__ = ["SUFFIXES", "Page", "Picture", "open_picture", "write_picture"]

_OPENERS: dict[Format, Callable[[Path, Stamp, int], Picture]] = {
    "BMP": open_bmp,
    "JPEG": open_jpeg,
    "PNG": open_png,
    "TIFF": open_tiff,
    "WEBP": open_webp,
}


def open_picture(path: Path, most_pixels: int) -> Picture:
    """Open a picture file; only its header is read.

    Args:
        path: The file. Its format is found by its content, not by its name.
        most_pixels: Limit of width times height, for each page.

    Returns:
        The picture, to be closed after use.

    Raises:
        PictureError: The file cannot be read, is damaged, is larger than the limit, or
            is of a kind that is refused.
    """
    with reading(path):
        stamp = Stamp.of(path)
    kind = find_format(path)
    with reading(path):
        return _OPENERS[kind](path, stamp, most_pixels)


def _ignore(_: Path) -> None:
    pass


def write_picture(
    target: Path,
    source: Picture,
    pages: Iterable[Page],
    before_naming: Callable[[Path], None] = _ignore,
) -> None:
    """Write a file like `source`, with other pixels: whole, or not at all.

    It has the source's format, depth, compression and metadata; `source.losses` says
    what it has not.

    Args:
        target: File to write or replace; missing folders are made.
        source: An opened picture.
        pages: As many pages as the source has, of the same shapes and dtype. A page is
            taken when the former one was written, so not all need be in memory.
        before_naming: Function that gets the file when it is complete, before it takes
            the name of the target; if it raises, the target stays as it was.

    Raises:
        PictureError: The disk is full, the folder cannot be written, the source has
            changed since it was opened, the pages do not fit it, or its encoder fails.
            Errors of `pages` themselves pass through.
    """
    of_pages: list[Exception] = []
    try:
        with replacing(target) as temporary:
            source.write(temporary, _watched(pages, of_pages))
            source.check_unchanged()
            before_naming(temporary)
    except ProjectError:
        raise
    except Exception as error:
        if error in of_pages:
            raise
        raise PictureError(_why_not(target, error)) from error


def _watched(pages: Iterable[Page], errors: list[Exception]) -> Iterator[Page]:
    """The pages; an error that ends them is added to `errors`."""
    try:
        yield from pages
    except Exception as error:
        errors.append(error)
        raise


def _why_not(target: Path, error: Exception) -> str:
    """Why a file was not written: encoders raise errors of any class."""
    if isinstance(error, MemoryError):
        return (
            f"There is not enough memory to write {shown(target)}: use a machine with "
            "more memory."
        )
    if isinstance(error, OSError):
        return (
            f"{shown(target)} cannot be written ({error.strerror or error}): make room "
            "or give access, and start again."
        )
    reason = " ".join(str(error).split()) or type(error).__name__
    return (
        f"{shown(target)} cannot be written ({reason[:200]}): save the source in "
        "another format, such as PNG or TIFF, and denoise that."
    )
