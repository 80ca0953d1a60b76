"""The colour photographs that scikit-image and Matplotlib ship."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.table import other_sources

_FOLDERS = {
    "skimage": "data",
    "matplotlib": "mpl-data/sample_data",
}


@dataclass(frozen=True)
class Photograph:
    """A photograph on disk, which may have several views.

    Attributes:
        names: Names of its files, one for each view. A stereo pair shows one scene
            twice, so it counts as one photograph.
        package: The installed package that ships the files.
    """

    names: tuple[str, ...]
    package: str = "skimage"

    @property
    def is_jpeg(self) -> bool:
        """Whether the pixels show traces of JPEG's 8x8 blocks."""
        return self.names[0].endswith(".jpg")

    def read(self) -> list[NDArray[np.uint8]]:
        """Read every view from the package's folder, never from the network.

        Returns:
            A uint8 array of shape (height, width, 3), RGB, 0 to 255, for each view.

        Raises:
            ImageSourceError: If the installed release doesn't ship a file.
        """
        return [self._read_view(name) for name in self.names]

    def _read_view(self, name: str) -> NDArray[np.uint8]:
        from PIL import Image

        # Not skimage.data's functions: they download missing files.
        path = files(self.package) / _FOLDERS[self.package] / name
        try:
            with path.open("rb") as file:
                return np.asarray(Image.open(file).convert("RGB"))
        except OSError as error:
            raise ImageSourceError(
                f"The sample photograph {name} cannot be read from the installed "
                f"{self.package}: install a release that ships it, or choose other "
                f"images with {other_sources('sample')}."
            ) from error


ASTRONAUT = Photograph(("astronaut.png",))
CHELSEA = Photograph(("chelsea.png",))
COFFEE = Photograph(("coffee.png",))
GRACE_HOPPER = Photograph(("grace_hopper.jpg",), package="matplotlib")
HUBBLE = Photograph(("hubble_deep_field.jpg",))
IHC = Photograph(("ihc.png",))
MOTORCYCLE = Photograph(("motorcycle_left.png", "motorcycle_right.png"))
RETINA = Photograph(("retina.jpg",))
ROCKET = Photograph(("rocket.jpg",))
