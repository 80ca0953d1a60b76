"""Calls of `kedro run` from a benchmark, and their results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

PROJECT = Path(__file__).parent.parent
VARIANCE = "variance 0.1"
NOISE = {VARIANCE: 0.31623, "std 0.1": 0.1}
"""Standard deviations by the names of the noise levels."""


def command_of(pipeline: str, parameters: str, environment: str) -> list[str]:
    """Build the command line of a run."""
    return [
        str(Path(sys.executable).with_name("kedro")),
        *("run", f"--pipelines={pipeline}", f"--env={environment}"),
        f"--params={parameters}",
    ]


def run_pipeline(pipeline: str, parameters: str, environment: str = "local") -> None:
    """Run one pipeline in its own process."""
    subprocess.run(
        command_of(pipeline, parameters, environment),
        cwd=PROJECT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def read_newest(data: Path, artifact: str) -> pd.DataFrame:
    """Read the newest version of a table."""
    return pd.read_csv(max((data / artifact).iterdir()) / Path(artifact).name)


def in_words(
    difference: float, low: float, high: float, p_value: float, digits: int = 2
) -> str:
    """Write a paired difference with its interval of 95 % and its p-value."""
    p = "p < .001" if p_value < 0.001 else f"p = {p_value:.3f}"
    return f"{difference:+.{digits}f} [{low:.{digits}f}, {high:.{digits}f}], {p}"
