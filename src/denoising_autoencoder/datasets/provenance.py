"""Software and hardware of a run: read from the machine, never saved."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.datasets.read_only import ReadOnlyDataset

_PACKAGES = (
    *("denoising_autoencoder", "kedro", "kedro-datasets", "torch", "torchvision"),
    *("numpy", "pandas", "scikit-image", "scipy", "matplotlib", "safetensors"),
)
"""Packages that decide what a run gives."""


class ProvenanceDataset(ReadOnlyDataset[dict[str, Any]]):
    """Software and hardware; `hooks.lineage` adds the artifacts that a node reads."""

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
        """Software and hardware, for kedro-viz."""
        return JSONPreview(json.dumps(self.load()))

    def _describe(self) -> dict[str, Any]:
        return {}


def _processor() -> str:
    """Name of the processor, as the system gives it."""
    description = Path("/proc/cpuinfo")
    if description.exists():
        for line in description.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
