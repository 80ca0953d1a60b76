"""The source of images in the catalog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.sources.choice import ImageSource, is_there


class ImageSourceDataset(AbstractDataset[None, ImageSource]):
    """The catalog's entry for `ImageSource`: it gives the sources, and reads none.

    Which source is read is a parameter, and parameters enter nodes, not datasets.

    Example:
        ```yaml
        image_source:
          type: denoising_autoencoder.datasets.image_source.ImageSourceDataset
          filepath: data/01_raw/cifar-10-python.tar.gz
          path: .
          url: https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz
          sha256: 6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        path: str,
        url: str,
        sha256: str,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says.

        Args:
            filepath: CIFAR-10's archive. Kedro makes it absolute, as it does `path`.
            path: The project's folder.
            url: Where the archive is downloaded from.
            sha256: The archive's hexadecimal SHA-256.
            metadata: For other tools, such as Kedro-Viz.
        """
        self._source = ImageSource(Path(filepath), url, sha256, Path(path))
        self._filepath = filepath
        self._path = path
        self._url = url
        self.metadata = metadata

    def load(self) -> ImageSource:
        """Return the sources."""
        return self._source

    def preview(self) -> JSONPreview:
        """Where CIFAR-10 is looked for, for kedro-viz."""
        archive = {"on_disk": is_there(Path(self._filepath)), **self._describe()}
        return JSONPreview(json.dumps(archive))

    def save(self, data: None) -> None:  # noqa: ARG002, Kedro calls it so
        """Refuse: images come from here and never go back.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The source of images is read-only.")

    def _exists(self) -> bool:
        # Every source makes sure for itself that its images can be had.
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "path": self._path, "url": self._url}
