"""A Markdown table that grows row by row, and its CSV for docs/results/."""

from __future__ import annotations

import csv
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.machine import instruction_set

_PACKAGES = {"PyTorch": "torch", "NumPy": "numpy", "scikit-image": "scikit-image"}
_STUDIES = Path(__file__).parent / "studies"
_ORIGIN = ("processor", "versions", "command", "commit")


class Table:
    """Prints each row at once, since the next one may take minutes.

    Args:
        columns: Names of the columns.
    """

    def __init__(self, *columns: str) -> None:
        self._columns = columns
        self._measured: list[Sequence[str]] = []
        self._cited: list[Sequence[str]] = []
        _print_row(columns)
        _print_row(["---"] * len(columns))

    def add(self, cells: Sequence[str]) -> None:
        """Print a row that was measured and keep it."""
        self._measured.append(cells)
        _print_row(cells)

    def cite(self, cells: Sequence[str], source: str) -> None:
        """Print a row of somebody else's numbers and keep it."""
        self._cited.append([*cells, "not stated", "not stated", source, "none"])
        _print_row(cells)

    def save(self, path: Path) -> None:
        """Write the rows, each with what it was measured with."""
        packages = [f"{name} {version(package)}" for name, package in _PACKAGES.items()]
        origin = (
            _processor(),
            ", ".join([f"Python {platform.python_version()}", *packages]),
            shlex.join([*_program(), *sys.argv[1:]]),
            _commit(),
        )
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*self._columns, *_ORIGIN])
            writer.writerows([*cells, *origin] for cells in self._measured)
            writer.writerows(self._cited)


def _print_row(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def _processor() -> str:
    """Name the class of the processor, the processor, and the number of cores.

    oneDNN, which computes the convolutions, may be restricted to a smaller class.
    """
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    values = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    name = values.get("model name", platform.machine())
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    if limit:
        name += f", restricted to {limit}"
    return f"{instruction_set()} ({name}), cores: {available_cores()}"


def _program() -> list[str]:
    """Name what runs: a script, or a study, which `python -m` gives as a whole path."""
    path = Path(sys.argv[0])
    if path.parent == _STUDIES:
        return ["-m", f"benchmarks.studies.{path.stem}"]
    return [str(path)]


def _commit() -> str:
    """Describe the state of the sources; "-dirty" if there are changes to files."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    folder = Path(__file__).parent
    return subprocess.check_output(command, cwd=folder, text=True).strip()
