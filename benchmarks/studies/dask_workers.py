"""How much sooner two Dask workers have trained two lanes than one worker.

    .venv/bin/python -m benchmarks.studies.dask_workers [--steps 600] [--rounds 3]
        [--csv FILE]

AE and DAE, which have the same network, are trained with `--runner=DaskRunner`: one
after the other on one worker, and at the same time on two. Each training computes on
one thread. The seconds are those from the first step of the first training until the
last model is saved, without the start of the workers; medians over the rounds, which
are taken in turns. The table is Markdown; `--csv` writes it too.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.runs import PROJECT, command_of, run_pipeline
from benchmarks.table import Table

COLUMNS = ("workers", "seconds", "share of one worker")
LANES = ("ae", "dae")


def seconds_of(workers: int, data: Path, steps: int, environment: str) -> float:
    """Train both lanes.

    Args:
        workers: Number of workers of one thread.
        data: Folder of all artifacts, with the images.
        steps: Steps of each training.
        environment: Environment of the recipes.

    Raises:
        RuntimeError: The run has failed.
    """
    values = [
        f"{lane}.{it}" for lane in LANES for it in ("threads=1", f"steps={steps}")
    ]
    parameters = ",".join([f"data_root={data}", *values])
    flags = ["--namespaces=ae,dae", "--runner=DaskRunner"]
    flags.append(f"--runner-params=workers={workers}")
    command = [*command_of("training", parameters, environment), *flags]
    moments: list[tuple[float, str]] = []
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        assert run.stdout is not None
        moments = [(time.perf_counter(), line) for line in run.stdout]
    if run.returncode:
        raise RuntimeError("".join(line for _, line in moments))
    begun = min(moment for moment, line in moments if " start: " in line)
    ended = max(moment for moment, line in moments if ".train " in line)
    return ended - begun


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--env", default="local")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    found: dict[int, list[float]] = {1: [], 2: []}
    with TemporaryDirectory() as folder:
        data = Path(folder)
        parameters = f"data_root={data},images.source=sample"
        run_pipeline("data_engineering", parameters, given.env)
        for _ in range(given.rounds):
            for workers, seconds in found.items():
                seconds.append(seconds_of(workers, data, given.steps, given.env))
    table = Table(*COLUMNS)
    one = median(found[1])
    for workers, seconds in found.items():
        middle = median(seconds)
        table.add([str(workers), f"{middle:.1f}", f"{middle / one:.2f}"])
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
