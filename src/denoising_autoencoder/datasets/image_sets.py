"""Several sets of images, by name, in one safetensors file."""

from __future__ import annotations

import base64
import io

import numpy as np
from kedro_datasets._typing import ImagePreview

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.artifacts.packing import pack, unpack
from denoising_autoencoder.datasets.one_file import OneFileDataset
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.images import UInt8Images

ImageSets = dict[str, UInt8Images]


class ImageSetsDataset(OneFileDataset[ImageSets, ImageSets]):
    """The same images in several forms: uint8 (n, height, width, 3) by name."""

    def load(self) -> ImageSets:
        """Read the images, in the order in which they were saved.

        Raises:
            DatasetFileError: The file cannot be read, or is no whole safetensors file
                of this project.
        """
        try:
            arrays, header = unpack(self._filepath.read_bytes())
            return {name: arrays[name] for name in header["names"]}
        except OSError as error:
            raise DatasetFileError(
                f"{self._filepath} cannot be read ({error.strerror or error}): give "
                "access to it, or delete the folder of this version and run again what "
                "makes it."
            ) from error
        except (ValueError, LookupError, TypeError) as error:
            raise DatasetFileError(
                f"{self._filepath} is not a whole file of images: delete the folder of "
                "this version and run again what makes it."
            ) from error

    def content(self, data: ImageSets) -> Parts:
        """The images and the order of their names."""
        return [pack(data, {"names": list(data)})]

    def preview(self, count: int = 10, scale: int = 3) -> ImagePreview:
        """The first images of each set, a row a set, as a PNG in base64.

        Args:
            count: How many images, at most.
            scale: Screen pixels a side of each pixel.
        """
        from PIL import Image

        rows = [
            np.concatenate(list(images[:count]), axis=1)
            for images in self.load().values()
        ]
        enlarged = np.concatenate(rows).repeat(scale, axis=0).repeat(scale, axis=1)
        buffer = io.BytesIO()
        Image.fromarray(enlarged).save(buffer, "PNG")
        return ImagePreview(base64.b64encode(buffer.getvalue()).decode())
