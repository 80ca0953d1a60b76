"""Catalogs of small files on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kedro.io import DataCatalog
from kedro.io.core import Version

from denoising_autoencoder.datasets.atomic import AtomicDataset

VERSION = "2026-01-31T12.30.00.000Z"


@pytest.fixture
def catalog_of(tmp_path: Path) -> Callable[..., DataCatalog]:
    """Gives a catalog of JSON files, all of one run."""

    def make(*names: str) -> DataCatalog:
        return DataCatalog(
            {
                name: AtomicDataset(
                    filepath=str(tmp_path / f"{name}.json"),
                    dataset={"type": "json.JSONDataset"},
                    version=Version(None, VERSION),
                )
                for name in names
            }
        )

    return make
