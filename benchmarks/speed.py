"""The cost of the course report's way and of a run of this project, in turns.

    .venv/bin/python benchmarks/speed.py IMAGES.npz [--rounds 3] [--noise "std 0.1"]
        [--train 50000] [--test 10000] [--runner SequentialRunner] [--csv FILE]

`report_way.py` is the report's way: it trains and judges both networks as the report's
public code does. This project's is a whole `kedro run --pipelines=report_lanes
--env=quick`, with every artifact, table and figure; once into an empty folder, and once
more. If IMAGES.npz has fewer images than asked for, they are repeated. The report's way
uses a thread for each core; each training of a run uses one, and
`--runner=ThreadRunner` trains both at the same time. The tables are Markdown;
`--csv x.csv` writes x.csv and x_ratios.csv as docs/results/ has them. Linux only.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from costs import Cost, measure
from report_way import repeated
from runs import NOISE, PROJECT, command_of, read_newest
from table import Table

LANES = ("ae", "dae")
REPORT, FIRST, SECOND = "the report's way", "kedro run", "once more"
COSTS = ("noise", "what", "wall s", "CPU s", "training s", "memory MB", "written MB")
COLUMNS = (*COSTS, "MSE ae", "MSE dae")
RATIOS = ("noise", "training", "the whole job", "once more")


@dataclass(frozen=True)
class Turn:
    """One run of either way.

    Attributes:
        cost: Cost of the whole process.
        training: Seconds of training both networks, with their validation.
        mse: MSE of each network on the test images.
    """

    cost: Cost
    training: float
    mse: dict[str, float]


def reports_way(images: Path, std: float, given: argparse.Namespace) -> Turn:
    """Train both networks as the report's code does."""
    command = [sys.executable, str(PROJECT / "benchmarks/report_way.py"), str(images)]
    command += [f"--noise-std={std}", f"--train={given.train}", f"--test={given.test}"]
    with TemporaryDirectory() as nowhere:
        cost = measure(command, Path(nowhere), PROJECT)
    result = json.loads(cost.output)
    training = result["training_seconds"] + result["validation_seconds"]
    return Turn(cost, training, result["test_mse"])


def our_way(images: Path, std: float, data: Path, runner: str) -> Turn:
    """Run the whole pipeline."""
    values = f"images.source=npz,images.path={images},data_root={data},noise.std={std}"
    command = [*command_of("report_lanes", values, "quick"), f"--runner={runner}"]
    cost = measure(command, data, PROJECT)
    seconds = [
        float(read_newest(data, f"06_models/{lane}/timing.csv")["seconds"].iloc[-1])
        for lane in LANES
    ]
    training = max(seconds) if runner == "ThreadRunner" else sum(seconds)
    metrics = read_newest(data, "08_reporting/metrics.csv").set_index("model")["mse"]
    return Turn(cost, training, {lane: float(metrics[lane]) for lane in LANES})


def row(noise: str, name: str, turns: Iterable[Turn]) -> list[str]:
    """Write a row of the table: the median of every column."""
    turns = list(turns)
    cells = [noise, name]
    cells.append(f"{median(turn.cost.wall for turn in turns):.1f}")
    cells.append(f"{median(turn.cost.cpu for turn in turns):.1f}")
    cells.append(f"{median(turn.training for turn in turns):.2f}")
    cells.append(f"{median(turn.cost.memory for turn in turns):,.0f}")
    cells.append(f"{median(turn.cost.written for turn in turns):,.1f}")
    cells += [f"{median(turn.mse[lane] for turn in turns):.4f}" for lane in LANES]
    return cells


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Write how many times faster ours is: the median and the extremes."""
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return f"{median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


def take_turns(given: argparse.Namespace) -> dict[tuple[str, str], list[Turn]]:
    """Measure both ways, round after round, at every noise level."""
    turns: dict[tuple[str, str], list[Turn]] = {}

    def take(noise: str, name: str, turn: Turn) -> None:
        turns.setdefault((noise, name), []).append(turn)
        print(" | ".join(row(noise, name, [turn])), file=sys.stderr, flush=True)

    with TemporaryDirectory() as folder:
        images = Path(folder) / "images.npz"
        with np.load(given.npz) as archive:
            np.savez(
                images,
                train_images=repeated(archive["train_images"], given.train),
                test_images=repeated(archive["test_images"], given.test),
            )
        for _ in range(given.rounds):
            for noise in given.noise:
                std = NOISE[noise]
                take(noise, REPORT, reports_way(images, std, given))
                with TemporaryDirectory() as data:
                    for name in (FIRST, SECOND):
                        ours = our_way(images, std, Path(data), given.runner)
                        take(noise, name, ours)
    return turns


def main() -> None:
    """Take turns, and print the table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--noise", nargs="+", choices=NOISE, default=list(NOISE))
    parser.add_argument("--train", type=int, default=50_000)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--runner", default="SequentialRunner")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    turns = take_turns(given)
    print(
        f"{given.train:,} training images and {given.test:,} test images; median of "
        f"{given.rounds}; {given.runner}\n"
    )
    costs = Table(*COLUMNS)
    for (noise, name), some in turns.items():
        costs.add(row(noise, name, some))
    print("\nHow many times faster than the report's way:\n")
    ratios = Table(*RATIOS)
    for noise in given.noise:
        names = (FIRST, SECOND, REPORT)
        first, second, theirs = (turns[noise, name] for name in names)
        wall = [turn.cost.wall for turn in theirs]
        trained = ratio([t.training for t in first], [t.training for t in theirs])
        whole, again = (
            ratio([turn.cost.wall for turn in ours], wall) for ours in (first, second)
        )
        ratios.add([noise, trained, whole, again])
    if given.csv:
        costs.save(given.csv)
        ratios.save(given.csv.with_stem(f"{given.csv.stem}_ratios"))


if __name__ == "__main__":
    main()
