"""Which source the images of a run come from."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.cifar10 import read_cifar10
from denoising_autoencoder.sources.download import is_begun, server_answers
from denoising_autoencoder.sources.npz import read_npz
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.sample import read_sample

logger = logging.getLogger(__name__)

Source = Literal["auto", "cifar10", "sample", "npz"]

_PATIENCE_S = 5.0


class ImageSource:
    """The sources that a run can read its images from.

    Example:
        >>> source = ImageSource(
        ...     archive=Path("data/01_raw/cifar-10-python.tar.gz"),
        ...     url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        ...     sha256="6d958be0...",
        ...     project=Path("."),
        ... )
        >>> source.read("sample", path=None, name=None, seed=0).name
        'sample photographs'
    """

    def __init__(self, archive: Path, url: str, sha256: str, project: Path) -> None:
        """Say where things are; nothing is read or asked for yet.

        Args:
            archive: Where CIFAR-10's archive is, or will be put.
            url: Where it is downloaded from.
            sha256: Its hexadecimal SHA-256.
            project: The folder that a relative path of an npz file starts from.
        """
        self._archive = archive
        self._url = url
        self._sha256 = sha256
        self._project = project

    def read(
        self, source: Source, path: str | None, name: str | None, seed: int
    ) -> RawImages:
        """Choose a source, log the choice with its reason, and read the images.

        Once CIFAR-10 is chosen it is never replaced by another source, so that a run
        can't silently be about other images than its log said.

        Args:
            source: "cifar10", "sample", "npz", or "auto": CIFAR-10 if its archive is
                on disk, its download was begun, or its server answers within five
                seconds; else the sample.
            path: The npz file, from the project's folder where it is relative.
            name: What to call the images of an npz file, instead of its own name.
            seed: Draws the sample's training crops.

        Returns:
            The images; uint8, NHWC.

        Raises:
            ImageSourceError: If the chosen source can't be read.
        """
        reason = f"images.source is {source}"
        if source == "auto":
            source, reason = self._choose()
        logger.info("Images: %s, because %s.", source, reason)
        if source == "npz":
            if path is None:
                raise ImageSourceError(
                    "images.source is npz, but images.path is not given: add "
                    "images.path=FILE to --params=images.source=npz."
                )
            return read_npz(self._project / Path(path).expanduser(), name)
        if source == "sample":
            return read_sample(seed)
        return read_cifar10(self._archive, self._url, self._sha256)

    def _choose(self) -> tuple[Source, str]:
        if is_there(self._archive):
            return "cifar10", f"{self._archive} is on disk"
        if is_begun(self._archive):
            return "cifar10", f"the download of {self._archive} was begun"
        if server_answers(self._url, _PATIENCE_S):
            return "cifar10", f"{self._url} answers"
        return "sample", (
            f"{self._archive} is not on disk and {self._url} does not answer within "
            f"{_PATIENCE_S:g} s"
        )


def is_there(archive: Path) -> bool:
    """Whether there is an archive, as far as this user may see."""
    try:
        return archive.exists()
    except PermissionError:
        return True  # and who reads it says what is wrong
