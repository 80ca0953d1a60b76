"""The source of images in the catalog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.datasets.read_only import ReadOnlyDataset
from denoising_autoencoder.sources.choice import ImageSource, is_there
from denoising_autoencoder.sources.request import Archive


class ImageSourceDataset(ReadOnlyDataset[ImageSource]):
    """The catalog's entry for `ImageSource`: it gives the sources and reads none.

    The node chooses the source, because the choice is a parameter, and parameters
    enter nodes and not datasets.

    Example:
        ```yaml
        image_source:
          type: denoising_autoencoder.datasets.image_source.ImageSourceDataset
          filepath: data/01_raw/cifar-10-python.tar.gz
          path: .
          url: https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz
          sha256: 6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce
          size: 170498071
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        path: str,
        url: str,
        sha256: str,
        size: int,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says.

        Args:
            filepath: Place of CIFAR-10's archive; Kedro makes it absolute.
            path: The project's folder; Kedro makes it absolute too.
            url: Address from which the archive is downloaded.
            sha256: The archive's hexadecimal SHA-256.
            size: The archive's size in bytes; no more is downloaded.
            metadata: Notes for other tools, such as Kedro-Viz.
        """
        archive = Archive(Path(filepath), url, sha256, size)
        self._source = ImageSource(archive, Path(path))
        self._filepath = archive.path
        super().__init__(metadata=metadata)

    def load(self) -> ImageSource:
        """Return the sources."""
        return self._source

    def preview(self) -> JSONPreview:
        """Where CIFAR-10's archive is, for kedro-viz."""
        on_disk = is_there(self._filepath)
        return JSONPreview(json.dumps({"on_disk": on_disk, **self._describe()}))

    def _describe(self) -> dict[str, Any]:
        archive, project = self._source.archive, self._source.project
        return {"filepath": str(archive.path), "path": str(project), "url": archive.url}
