"""One NumPy array in one .npy file."""

from __future__ import annotations

import base64
import io
from tokenize import TokenError
from typing import Any

import numpy as np
import numpy.typing as npt
from kedro_datasets._typing import ImagePreview

from denoising_autoencoder.datasets.one_file import OneFileDataset
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.images import unnormalize

Array = npt.NDArray[Any]


class ArrayDataset(OneFileDataset[Array, Array]):
    """An array, mapped and not read: pages come from the disk as they are used."""

    def load(self) -> Array:
        """Map the array read-only.

        Raises:
            DatasetFileError: The file is no whole .npy file, or holds Python objects.
        """
        try:
            # Not np.load, which would take an archive of arrays too.
            return np.lib.format.open_memmap(self._filepath, mode="r")
        except (ValueError, EOFError, SyntaxError, TokenError) as error:
            raise DatasetFileError(
                f"{self._filepath} is not a whole .npy file of plain numbers: delete "
                "the folder of this version and run again what makes it."
            ) from error

    def save(self, data: Array) -> None:
        """Write the array; Python objects are refused."""
        # A handle, since np.save puts .npy behind a name that ends otherwise.
        with self._filepath.open("wb") as file:
            np.save(file, data, allow_pickle=False)


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
