"""The place of checkpoints in the catalog: the folder, not each file in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.datasets.read_only import ReadOnlyDataset


class CheckpointsDataset(ReadOnlyDataset[Checkpoints]):
    """The catalog's entry for the place of the checkpoints; trainings save them there.

    Args:
        filepath: Folder of the checkpoints. Kedro makes it absolute.
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self, *, filepath: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = filepath
        self._checkpoints = Checkpoints(Path(filepath))
        super().__init__(metadata=metadata)

    def load(self) -> Checkpoints:
        """The place, the same at every call."""
        return self._checkpoints

    def preview(self) -> JSONPreview:
        """The keys of the trainings that are not finished, for kedro-viz."""
        return JSONPreview(json.dumps({"unfinished": self._checkpoints.keys()}))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
