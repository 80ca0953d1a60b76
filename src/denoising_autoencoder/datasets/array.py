"""One NumPy array in one .npy file."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from kedro_datasets._typing import ImagePreview, JSONPreview

from denoising_autoencoder.artifacts.files import Parts, write
from denoising_autoencoder.artifacts.npy import check_header
from denoising_autoencoder.compute.chunked import ChunkedArray
from denoising_autoencoder.datasets.one_file import OneFileDataset, png_preview
from denoising_autoencoder.images import unnormalize

Array = npt.NDArray[Any]

_CANNOT_MAP = (errno.ENODEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
"""Answers of file systems that cannot map files; they are read into memory."""


class ArrayDataset(OneFileDataset[Array | ChunkedArray, Array]):
    """An array that is mapped into memory: pages come from the disk when used."""

    def load(self) -> Array:
        """Map the array read-only.

        Raises:
            DatasetFileError: If the file cannot be read, is not a whole .npy file, or
                holds Python objects.
        """
        with self.reading("a .npy file of plain numbers"):
            with self._filepath.open("rb") as file:
                check_header(file, self._filepath.stat().st_size)
            try:
                array: Array = np.load(
                    self._filepath, mmap_mode="r", allow_pickle=False
                )
            except OSError as error:
                if error.errno not in _CANNOT_MAP:
                    raise
                array = np.load(self._filepath, allow_pickle=False)
                array.flags.writeable = False
            return array

    def content(self, data: Array | ChunkedArray) -> Parts:
        """The header and the numbers.

        Raises:
            ValueError: If the array holds Python objects.
        """
        return list(_parts(data))

    def save(self, data: Array | ChunkedArray) -> None:
        """Write the file; chunks are computed one after another.

        Raises:
            ValueError: If the array holds Python objects.
        """
        write(self._filepath, _parts(data))

    def preview(self, count: int = 20) -> JSONPreview:
        """Type, shape and the first values, for kedro-viz.

        Args:
            count: Largest number of values.
        """
        array = self.load()
        summary = {
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            "first": array.reshape(-1)[:count].tolist(),
        }
        return JSONPreview(json.dumps(summary))


def _parts(data: Array | ChunkedArray) -> Iterator[bytes | memoryview]:
    """The header, then the numbers."""
    dtype = np.dtype(data.dtype)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be saved: they would be pickled.")
    # Not np.save: it would copy all images into a buffer, and write other bytes for
    # another order in memory.
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header,
        {
            "descr": np.lib.format.dtype_to_descr(dtype),
            "fortran_order": False,
            "shape": data.shape,
        },
    )
    yield header.getvalue()
    for chunk in data.chunks() if isinstance(data, ChunkedArray) else [data]:
        yield np.asarray(chunk, order="C").reshape(-1).view(np.uint8).data


class ImageArrayDataset(ArrayDataset):
    """Images in an array, (n, height, width, 1 or 3): uint8, or floats in [-1, 1]."""

    def preview(self, count: int = 10, scale: int = 3) -> ImagePreview:
        """The first images side by side, as a PNG in base64, for kedro-viz.

        Args:
            count: Largest number of images.
            scale: Side of each pixel in pixels of the screen.
        """
        images = self.load()[:count]
        if images.dtype != np.uint8:
            images = unnormalize(images)
        return png_preview(images[None], scale)
