"""On what and with what a run is made: read from the machine, saved nowhere."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import JSONPreview

_PACKAGES = (
    *("denoising_autoencoder", "kedro", "kedro-datasets", "torch", "torchvision"),
    *("numpy", "pandas", "scikit-image", "scipy", "matplotlib", "safetensors"),
)
"""Those that decide what a run gives."""


class ProvenanceDataset(AbstractDataset[None, dict[str, Any]]):
    """Software and hardware; `hooks.lineage` adds the artifacts that a node reads.

    Args:
        metadata: Free; kedro-viz reads its own key.
    """

    def __init__(self, *, metadata: dict[str, Any] | None = None) -> None:
        self.metadata = metadata

    def load(self) -> dict[str, Any]:
        """Two blocks of names and values: `software` and `hardware`."""
        return {
            "software": {
                "Python": platform.python_version(),
                **{package: version(package) for package in _PACKAGES},
            },
            "hardware": {
                "system": f"{platform.system()} {platform.release()}",
                "processor": _processor(),
                "cores": str(os.cpu_count()),
            },
        }

    def preview(self) -> JSONPreview:
        """The same, for kedro-viz."""
        return JSONPreview(json.dumps(self.load()))

    def save(self, data: None) -> None:  # noqa: ARG002, Kedro calls it so
        """Refuse: it says what is.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("What a run is made on cannot be saved.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {}


def _processor() -> str:
    """The name that the system has for it."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
