"""One NumPy array in one .npy file."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt
from kedro_datasets._typing import ImagePreview, JSONPreview

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.artifacts.npy import read_header
from denoising_autoencoder.datasets.one_file import OneFileDataset
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.images import unnormalize

Array = npt.NDArray[Any]


class ArrayDataset(OneFileDataset[Array, Array]):
    """An array, mapped and not read: pages come from the disk as they are used."""

    def load(self) -> Array:
        """Map the array read-only.

        Raises:
            DatasetFileError: The file cannot be read, is no whole .npy file, or holds
                Python objects.
        """
        try:
            size = self._filepath.stat().st_size
            with self._filepath.open("rb") as file:
                shape, dtype, order = read_header(file, size)
                start = file.tell()
            return np.memmap(self._filepath, dtype, "r", start, shape, order)
        except OSError as error:
            raise DatasetFileError(
                f"{self._filepath} cannot be read ({error.strerror}): give access to "
                "it, or delete the folder of this version and run again what makes it."
            ) from error
        except ValueError as error:
            raise DatasetFileError(
                f"{self._filepath} is not a whole .npy file of plain numbers: delete "
                "the folder of this version and run again what makes it."
            ) from error

    def content(self, data: Array) -> Parts:
        """Header and numbers.

        Raises:
            ValueError: They are Python objects.
        """
        if data.dtype.hasobject:
            raise ValueError("Object arrays cannot be saved: they would be pickled.")
        # Not np.save: into a buffer it would copy all images, and how an array lies in
        # memory would tell in the bytes.
        data = np.asarray(data, order="C")
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, np.lib.format.header_data_from_array_1_0(data)
        )
        return [header.getvalue(), data.reshape(-1).view(np.uint8).data]

    def preview(self, count: int = 20) -> JSONPreview:
        """Type, shape and the first values, for kedro-viz.

        Args:
            count: How many values, at most.
        """
        array = self.load()
        told = {
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            "first": array.reshape(-1)[:count].tolist(),
        }
        return JSONPreview(json.dumps(told))


class ImageArrayDataset(ArrayDataset):
    """Images in an array, (n, height, width, 3): uint8, or floats in [-1, 1]."""

    def preview(self, count: int = 10, scale: int = 3) -> ImagePreview:
        """The first images side by side, as a PNG in base64, for kedro-viz.

        Args:
            count: How many images, at most.
            scale: Screen pixels a side of each pixel.
        """
        from PIL import Image

        images = self.load()[:count]
        if images.dtype != np.uint8:
            images = unnormalize(images)
        enlarged = images.repeat(scale, axis=1).repeat(scale, axis=2)
        buffer = io.BytesIO()
        Image.fromarray(np.concatenate(list(enlarged), axis=1)).save(buffer, "PNG")
        return ImagePreview(base64.b64encode(buffer.getvalue()).decode())
