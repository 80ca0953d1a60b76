"""What the datasets of this project share: each is one local file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from kedro.io import AbstractDataset

_Saved = TypeVar("_Saved")
_Loaded = TypeVar("_Loaded")


class OneFileDataset(AbstractDataset[_Saved, _Loaded]):
    """A local file, without versions: `AtomicDataset` gives those to any dataset.

    Args:
        filepath: Of the file.
        metadata: Free; kedro-viz reads its own key.
    """

    def __init__(
        self, *, filepath: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
