"""The place of checkpoints in the catalog: the folder, not each file in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.artifacts.checkpoints import Checkpoints


class CheckpointsDataset(AbstractDataset[None, Checkpoints]):
    """The catalog's entry for the place of the checkpoints.

    Args:
        filepath: The folder. Kedro makes it absolute.
        metadata: Free; kedro-viz reads its own key.
    """

    def __init__(
        self, *, filepath: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = filepath
        self._checkpoints = Checkpoints(Path(filepath))
        self.metadata = metadata

    def load(self) -> Checkpoints:
        """The place, the same at every call."""
        return self._checkpoints

    def preview(self) -> JSONPreview:
        """The keys of the trainings that are not finished, for kedro-viz."""
        return JSONPreview(json.dumps({"unfinished": self._checkpoints.keys()}))

    def save(self, data: None) -> None:  # noqa: ARG002, Kedro calls it so
        """Refuse: trainings save their checkpoints themselves.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The place of the checkpoints cannot be saved.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
