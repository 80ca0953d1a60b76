"""Which source the images of a run come from."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.download import server_answers
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.request import Archive, Cutting, Request
from denoising_autoencoder.sources.table import AUTO, SOURCES, reader_of

logger = logging.getLogger(__name__)

_PATIENCE_S = 5.0
_CUTTING = Cutting()


@dataclass(frozen=True)
class ImageSource:
    """The sources that a run can read its images from.

    Attributes:
        archive: CIFAR-10's archive.
        project: Folder that a relative images.path starts from.
    """

    archive: Archive
    project: Path

    def read(
        self,
        source: str,
        path: str | None,
        name: str | None,
        seed: int,
        cutting: Cutting = _CUTTING,
        channels: int = 3,
    ) -> RawImages:
        """Choose a source, log the choice with its reason, and read the images.

        Once CIFAR-10 is chosen, no other source replaces it: a run is always about
        the images that its log names.

        Args:
            source: A name in `SOURCES`, or "auto": CIFAR-10 if its archive is on disk
                or its server answers within five seconds, else the sample.
            path: File or folder that the source reads; a relative path starts at the
                project's folder.
            name: Name for the images, for sources that take a path.
            seed: Seed of whatever the source draws.
            cutting: How a source that reads pictures cuts them.
            channels: 3 for RGB; 1 for grey, which colours are converted to.

        Returns:
            The images; uint8, NHWC.

        Raises:
            ImageSourceError: If the source cannot be read, or is grey and is to have
                colours.
        """
        reason = f"images.source is {source}"
        if source == AUTO:
            source, reason = self._choose()
        logger.info("Images: %s, because %s.", source, reason)
        if SOURCES[source].path and path is None:
            raise ImageSourceError(
                f"images.source is {source}, but images.path is not given: add "
                f"images.path=PATH to --params=images.source={source}."
            )
        file = self._file(path) if path is not None else None
        request = Request(self.archive, file, name, seed, cutting)
        return reader_of(source)(request).in_channels(channels)

    def _file(self, path: str) -> Path:
        try:
            return self.project / Path(path).expanduser()
        except RuntimeError as error:
            raise ImageSourceError(
                f"images.path = {path} begins with a home folder that is not known "
                "here: give the whole path."
            ) from error

    def _choose(self) -> tuple[str, str]:
        path, url = self.archive.path, self.archive.url
        if is_there(path):
            return "cifar10", f"{path} is on disk"
        if server_answers(url, _PATIENCE_S):
            return "cifar10", f"{url} answers"
        return "sample", (
            f"{path} is not on disk and {url} does not answer within {_PATIENCE_S:g} s"
        )


def is_there(path: Path) -> bool:
    """Whether there is a file, as far as this user may see."""
    try:
        return path.exists()
    except PermissionError:
        return True  # reading it will name the problem
