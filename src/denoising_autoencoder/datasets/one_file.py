"""What the datasets of this project share: each is one local file."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, TypeVar

from kedro.io import AbstractDataset

from denoising_autoencoder.artifacts.files import Parts, write

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

    @abstractmethod
    def content(self, data: _Saved) -> Parts:
        """The bytes that `save` would write."""

    def beside(self, data: _Saved) -> dict[str, Parts]:  # noqa: ARG002, for some none
        """Further forms of the same for people, by the suffix of their files.

        They stand beside the file under its name, and nothing reads them.
        """
        return {}

    def save(self, data: _Saved) -> None:
        """Write the file, and what stands beside it."""
        write(self._filepath, self.content(data))
        for suffix, content in self.beside(data).items():
            write(self._filepath.with_suffix(suffix), content)

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
