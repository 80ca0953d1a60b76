"""Entries of the catalog that are read and never saved."""

from __future__ import annotations

from typing import Any, TypeVar

from kedro.io import AbstractDataset, DatasetError

_Loaded = TypeVar("_Loaded")


class ReadOnlyDataset(AbstractDataset[None, _Loaded]):
    """What is always there to be loaded, and cannot be saved.

    Args:
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(self, *, metadata: dict[str, Any] | None = None) -> None:
        self.metadata = metadata

    def save(self, data: None) -> None:  # noqa: ARG002, Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(f"{type(self).__name__} is read-only.")

    def _exists(self) -> bool:
        return True
