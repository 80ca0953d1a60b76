"""The place of the studies in the catalog: the folder, not each database in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.datasets.read_only import ReadOnlyDataset


class StudiesDataset(ReadOnlyDataset[Studies]):
    """The catalog's entry for the place of the studies; searches keep trials there.

    Args:
        filepath: Folder of the studies. Kedro makes it absolute.
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self, *, filepath: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = filepath
        self._studies = Studies(Path(filepath))
        super().__init__(metadata=metadata)

    def load(self) -> Studies:
        """The place, the same at every call."""
        return self._studies

    def preview(self) -> JSONPreview:
        """The names of the studies, for kedro-viz."""
        return JSONPreview(json.dumps({"studies": self._studies.names()}))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
