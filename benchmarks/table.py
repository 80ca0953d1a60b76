"""A Markdown table that grows row by row, and its CSV for docs/results/."""

from __future__ import annotations

import csv
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("torch", "numpy", "scikit-image")


class Table:
    """Prints each row at once, since the next one may take minutes.

    Args:
        columns: Names of the columns.
    """

    def __init__(self, *columns: str) -> None:
        self._rows: list[Sequence[str]] = [columns]
        print(f"| {' | '.join(columns)} |\n{'| --- ' * len(columns)}|", flush=True)

    def add(self, cells: Sequence[str]) -> None:
        """Print a row and keep it."""
        self._rows.append(cells)
        print(f"| {' | '.join(cells)} |", flush=True)

    def save(self, path: Path) -> None:
        """Write the rows, each with what it was measured with."""
        origin = {
            "processor": _processor(),
            "versions": ", ".join(
                [
                    f"Python {platform.python_version()}",
                    *(f"{name} {version(name)}" for name in _PACKAGES),
                ]
            ),
            "command": " ".join(sys.argv),
            "commit": _commit(),
        }
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*self._rows[0], *origin])
            writer.writerows([*row, *origin.values()] for row in self._rows[1:])


def _processor() -> str:
    """The widest instructions for matrices, and the processor's own name."""
    words = Path("/proc/cpuinfo").read_text()
    name = next(
        line.split(":")[1].strip()
        for line in words.splitlines()
        if "model name" in line
    )
    kinds = {"AMX": "amx_tile", "AVX-512": "avx512f", "AVX2": "avx2"}
    kind = next((kind for kind, flag in kinds.items() if flag in words.split()), "none")
    return f"{kind} ({name})"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    folder = Path(__file__).parent
    return subprocess.check_output(command, cwd=folder, text=True).strip()
