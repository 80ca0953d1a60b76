"""A page of HTML in one file."""

from __future__ import annotations

from kedro_datasets._typing import HTMLPreview

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.datasets.one_file import OneFileDataset


class PageDataset(OneFileDataset[str, str]):
    """A page that needs no other file."""

    def load(self) -> str:
        """Read the page."""
        return self._filepath.read_text(encoding="utf-8")

    def content(self, data: str) -> Parts:
        """The page in UTF-8."""
        return [data.encode()]

    def preview(self) -> HTMLPreview:
        """The page, for kedro-viz."""
        return HTMLPreview(self.load())
