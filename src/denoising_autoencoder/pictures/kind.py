"""What every kind of picture file states."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.reading import Stamp, reading, shown

Samples = NDArray[Any]
"""Values of pixels: uint8, uint16, float16, float32 or float64."""


@dataclass(frozen=True)
class Page:
    """The pixels of one page.

    Attributes:
        color: (height, width, 1 or 3), in the dtype and range of the file; read-only if
            it is a memory map of the file.
        alpha: (height, width), of the same dtype: how opaque each pixel is, or whatever
            the file's last channel holds. None if there is none.
    """

    color: Samples
    alpha: Samples | None


@dataclass(frozen=True, kw_only=True)
class Picture(ABC):
    """A picture file whose header was read: a context manager.

    Attributes:
        path: The file.
        stamp: What tells whether the file has changed since.
        width: Pixels in a row.
        height: Rows.
        channels: 1 for grey, 3 for RGB; alpha is not counted.
        dtype: dtype of the pixels, in the byte order of the machine.
        pages: Number of pages; more than 1 in a TIFF stack only.
        alpha: Whether pages have an alpha channel.
        losses: A sentence for each thing that a written copy cannot keep.
    """

    path: Path
    stamp: Stamp
    width: int
    height: int
    channels: int
    dtype: np.dtype[Any]
    pages: int = 1
    alpha: bool
    losses: tuple[str, ...]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027, most kinds hold nothing
        """Let go of the file."""

    @cached_property
    def range(self) -> tuple[float, float]:
        """The values that black and white have: those that map to -1 and 1.

        (0, 255) and (0, 65535) for integers. For floats (0, 1) if all values lie in it,
        and the least and the largest value of all pages else; that reads the file.

        Raises:
            PictureError: A value is NaN or infinite, or the file cannot be read.
        """
        if self.dtype.kind == "u":
            return 0.0, float(np.iinfo(self.dtype).max)
        low, high = np.inf, -np.inf
        for index in range(self.pages):
            color = self.read_page(index).color
            with np.errstate(invalid="ignore"):
                low, high = np.minimum(low, color.min()), np.maximum(high, color.max())
        if not np.isfinite([low, high]).all():
            raise PictureError(
                f"{shown(self.path)} holds values that are NaN or infinite: replace "
                "them first."
            )
        if low >= 0 and high <= 1:
            return 0.0, 1.0
        # A constant picture has a range too.
        return float(low), float(high if high > low else low + 1)

    def read_page(self, index: int) -> Page:
        """Read the pixels of one page.

        Args:
            index: Number of the page, from 0.

        Raises:
            PictureError: The file is damaged, or has changed since it was opened.
        """
        with reading(self.path):
            page = self._read(index)
        self.check_unchanged()
        return page

    def check_unchanged(self) -> None:
        """Compare the file with what it was when it was opened.

        Raises:
            PictureError: Its size or its time of change is another, or it is gone.
        """
        with reading(self.path):
            stamp = Stamp.of(self.path)
        if stamp != self.stamp:
            raise PictureError(
                f"{shown(self.path)} changed while it was read: wait until nothing "
                "writes to it, and start again."
            )

    def write(self, target: Path, pages: Iterable[Page]) -> None:
        """Write a copy of the file that holds other pixels.

        Args:
            target: New file.
            pages: The pixels, of the shapes and the dtype of this picture's pages. A
                page is taken from the iterable when the former one was written.

        Raises:
            OSError: The disk is full, or the folder cannot be written.
            ValueError: There are more pages or fewer, or they are of another shape.
        """
        self._write(target, map(self._fitting, pages))

    @abstractmethod
    def _read(self, index: int) -> Page:
        """Read a page; what it raises becomes a sentence."""

    @abstractmethod
    def _write(self, target: Path, pages: Iterator[Page]) -> None:
        """Write a copy of the file with as many pages as it has."""

    def _fitting(self, page: Page) -> Page:
        """The page itself, if it is one of this picture's.

        Raises:
            ValueError: Its shape or dtype is another.
        """
        shape = (self.height, self.width)
        fits = (
            page.color.shape == (*shape, self.channels)
            and page.color.dtype == self.dtype
            and (page.alpha is not None) == self.alpha
            and (page.alpha is None or page.alpha.shape == shape)
        )
        if not fits:
            raise ValueError(
                f"a page of {page.color.dtype} {page.color.shape} does not fit "
                f"{self.dtype} {(*shape, self.channels)}, or alpha is missing"
            )
        return page
