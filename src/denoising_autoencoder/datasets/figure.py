"""A Matplotlib figure as a PNG file, with a PDF next to it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from kedro_datasets._typing import ImagePreview

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.datasets.one_file import OneFileDataset

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class FigureDataset(OneFileDataset["Figure", bytes]):
    """Saves a figure; loads the bytes of the PNG.

    The PNG has the figure's own resolution. The PDF is for print: it holds lines and
    letters with their fonts, and nothing reads it.

    Kedro's MatplotlibDataset works through pyplot and closes every open figure. This
    dataset does not touch a notebook's figures, and writes equal bytes for equal
    figures.
    """

    def load(self) -> bytes:
        """Read the PNG."""
        return self._filepath.read_bytes()

    def content(self, data: Figure) -> Parts:
        """The PNG."""
        from denoising_autoencoder.figures.rendering import as_png

        return [as_png(data)]

    def other_forms(self, data: Figure) -> dict[str, Parts]:
        """The PDF."""
        from denoising_autoencoder.figures.rendering import as_pdf

        return {".pdf": [as_pdf(data)]}

    def preview(self) -> ImagePreview:
        """The PNG in base64, for kedro-viz."""
        return ImagePreview(base64.b64encode(self.load()).decode())
