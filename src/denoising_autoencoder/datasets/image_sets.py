"""Several sets of images, by name, in one safetensors file."""

from __future__ import annotations

import numpy as np
from kedro_datasets._typing import ImagePreview

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.artifacts.packing import pack, unpack
from denoising_autoencoder.datasets.one_file import OneFileDataset, png_preview
from denoising_autoencoder.images import UInt8Images

ImageSets = dict[str, UInt8Images]


class ImageSetsDataset(OneFileDataset[ImageSets, ImageSets]):
    """The same images in several forms: uint8 (n, height, width, 1 or 3) by name."""

    def load(self) -> ImageSets:
        """Read the images, in the order in which they were saved.

        Raises:
            DatasetFileError: The file cannot be read, or does not hold images.
        """
        with self.reading("a file of images"):
            arrays, header = unpack(self._filepath.read_bytes())
            return {name: arrays[name] for name in header["names"]}

    def content(self, data: ImageSets) -> Parts:
        """The images and the order of their names."""
        return [pack(data, {"names": list(data)})]

    def preview(self, count: int = 10, scale: int = 3) -> ImagePreview:
        """The first images of each set, one row for each set, for kedro-viz.

        Args:
            count: Largest number of images.
            scale: Screen pixels on each side of a pixel.
        """
        return png_preview(
            np.stack([images[:count] for images in self.load().values()]), scale
        )
