"""One NumPy array in one .npy file."""

from __future__ import annotations

import errno
import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt
from kedro_datasets._typing import ImagePreview, JSONPreview

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.artifacts.npy import check_header
from denoising_autoencoder.datasets.one_file import OneFileDataset, png_preview
from denoising_autoencoder.images import unnormalize

Array = npt.NDArray[Any]

_CANNOT_MAP = (errno.ENODEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
"""Answers of file systems that cannot map files; they are read into memory."""


class ArrayDataset(OneFileDataset[Array, Array]):
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

    def content(self, data: Array) -> Parts:
        """The header and the numbers.

        Raises:
            ValueError: If the array holds Python objects.
        """
        if data.dtype.hasobject:
            raise ValueError("Object arrays cannot be saved: they would be pickled.")
        # Not np.save: it would copy all images into a buffer, and write other bytes
        # for another order in memory.
        data = np.asarray(data, order="C")
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, np.lib.format.header_data_from_array_1_0(data)
        )
        return [header.getvalue(), data.reshape(-1).view(np.uint8).data]

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
