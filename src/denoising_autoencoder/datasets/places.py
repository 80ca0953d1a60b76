"""Where the catalog keeps what, read from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import CatalogConfigResolver

from denoising_autoencoder.artifacts.places import Places
from denoising_autoencoder.datasets.checkpoints import CheckpointsDataset
from denoising_autoencoder.datasets.image_source import ImageSourceDataset
from denoising_autoencoder.datasets.studies import StudiesDataset
from denoising_autoencoder.sources.download import lock_of


def read_places(
    catalog: Mapping[str, Any], project: Path, root: Path, address: str = ""
) -> Places:
    """The places that a catalog gives.

    Args:
        catalog: Configuration of the catalog, as the configuration loader gives it.
        project: Folder that relative paths start from.
        root: Folder of all artifacts, absolute, or one that stands for it.
        address: What the folder stands for, as the catalog writes it.
    """
    entries = [
        entry
        for name, entry in catalog.items()
        if not name.startswith("_") and isinstance(entry, dict) and "filepath" in entry
    ]

    def place(entry: Mapping[str, Any]) -> Path:
        filepath = PurePosixPath(entry["filepath"])
        if address and filepath.is_relative_to(address):
            return root / filepath.relative_to(address)
        return project / filepath

    def of_type(dataset: type) -> list[Path]:
        name = f"{dataset.__module__}.{dataset.__name__}"
        return [place(one) for one in entries if one["type"] == name]

    resolver = CatalogConfigResolver(
        dict(catalog), default_runtime_patterns={"{default}": {"type": "MemoryDataset"}}
    )

    @cache  # thousands of versions have few datasets
    def folder_of(dataset: str) -> Path | None:
        entry = resolver.resolve_pattern(dataset) if dataset else {}
        return place(entry) if entry.get("versioned") else None

    return Places(
        root=root,
        templates=tuple(
            place(entry).as_posix() for entry in entries if entry.get("versioned")
        ),
        folder_of=folder_of,
        checkpoints=frozenset(of_type(CheckpointsDataset)),
        studies=frozenset(of_type(StudiesDataset)),
        downloads=frozenset(
            path
            for file in of_type(ImageSourceDataset)
            for path in (file, lock_of(file))
        ),
    )
