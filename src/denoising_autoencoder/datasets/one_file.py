"""Datasets that are one local file."""

from __future__ import annotations

import base64
import io
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from kedro.io import AbstractDataset
from kedro_datasets._typing import ImagePreview

from denoising_autoencoder.artifacts.files import Parts, write
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.images import to_rgb

_Saved = TypeVar("_Saved")
_Loaded = TypeVar("_Loaded")


class OneFileDataset(AbstractDataset[_Saved, _Loaded]):
    """A local file, without versions: `AtomicDataset` adds these to any dataset.

    Args:
        filepath: Path of the file.
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self, *, filepath: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    @abstractmethod
    def content(self, data: _Saved) -> Parts:
        """The bytes that `save` would write."""

    def other_forms(self, data: _Saved) -> dict[str, Parts]:  # noqa: ARG002, none here
        """Other forms of the data for people, by the suffix of their files.

        They are saved next to the file under its name, and nothing reads them.
        """
        return {}

    def save(self, data: _Saved) -> None:
        """Write the file and its other forms."""
        write(self._filepath, self.content(data))
        for suffix, content in self.other_forms(data).items():
            write(self._filepath.with_suffix(suffix), content)

    @contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """Turn errors of a reader inside the block into one sentence.

        Args:
            what: What the file should hold, with its article.

        Raises:
            DatasetFileError: The file cannot be read, or holds something else.
        """
        again = "delete the folder of this version and run again what makes it"
        try:
            yield
        except OSError as error:
            raise DatasetFileError(
                f"{self._filepath} cannot be read ({error.strerror or error}): give "
                f"access to it, or {again}."
            ) from error
        except (ValueError, LookupError, TypeError) as error:
            raise DatasetFileError(
                f"{self._filepath} is damaged or not {what}: {again}."
            ) from error

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


def png_preview(images: npt.NDArray[np.uint8], scale: int) -> ImagePreview:
    """Rows of images as a PNG in base64, for kedro-viz.

    Args:
        images: uint8, (rows, n, height, width, 1 or 3).
        scale: Screen pixels on each side of a pixel.
    """
    from PIL import Image

    rows = [np.concatenate(list(row), axis=1) for row in to_rgb(images)]
    enlarged = np.concatenate(rows).repeat(scale, axis=0).repeat(scale, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(enlarged).save(buffer, "PNG")
    return ImagePreview(base64.b64encode(buffer.getvalue()).decode())
