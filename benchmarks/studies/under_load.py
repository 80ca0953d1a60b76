"""How fast the ResUNet trains while other programs use the processor.

    .venv/bin/python -m benchmarks.studies.under_load [--threads 1,2] [--busy 0,1,2]
        [--steps 20] [--rounds 3] [--cores 2] [--runner ThreadRunner] [--csv FILE]

Beside the training run none, one and more processes of equal priority that are always
busy; all share `--cores` cores. Images per second of wall time fall by what the others
take. Images per second of processor time, of the training's process with all its
threads, fall only if threads wait busily for one another. Both are shown as shares of
the idle figure of the same round; medians over the rounds, which are taken in turns.

`--runner` also measures a whole `kedro run` with that runner, from the sample to the
models: `--steps` steps of the ResUNet, and of the other lanes in proportion. Its times
include the start.
The table is Markdown; `--csv` writes it too. Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import yaml

from benchmarks.costs import measure
from benchmarks.runs import PROJECT, command_of
from benchmarks.studies.rates import IMAGES, NOISE, SIDE, recipe_of
from benchmarks.table import Table
from denoising_autoencoder.lanes import lanes_of
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.trainer import TrainingData, train

COLUMNS = ("what", "threads", "busy processes", "images/s", "share of idle")
COLUMNS += ("images/CPU s", "share of idle per CPU s")

WARM_UP = 3
"""Steps before the measured ones: the first ones choose kernels."""


class Rate(NamedTuple):
    """Images per second of wall time and of the process's processor time."""

    wall: float
    cpu: float


def train_for(steps: int, **changes: Any) -> Rate:
    """Train the ResUNet on random images in this process.

    Args:
        steps: Number of steps that are measured.
        changes: Parameters that differ from the recipe.
    """
    images = np.random.default_rng(0).uniform(-1, 1, (IMAGES, SIDE, SIDE, 3))
    images = images.astype(np.float16)
    data = TrainingData(images, images[:2], images[:2], NOISE)
    start = cpu = 0.0
    for count in (WARM_UP, steps):
        recipe = recipe_of(
            "resunet",
            **{"steps": count, "epochs": None, "validation_interval": count, **changes},
        )
        network = build_network(recipe.network, recipe.seed, recipe.options)
        start, cpu = time.perf_counter(), time.process_time()
        train(network, data, recipe, "under load")
    seen = steps * recipe.batch_size
    wall, used = time.perf_counter() - start, time.process_time() - cpu
    return Rate(seen / wall, seen / used)


def in_a_process(steps: int, **changes: Any) -> Rate:
    """Call `train_for` in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(train_for, steps, **changes).result()


def run_with(runner: str, steps: int, **changes: Any) -> Rate:
    """Run the pipelines up to the models.

    The ResUNet takes so many steps, and the other lanes in proportion to their recipes.
    """
    recipes = {lane.name: recipe_of(lane.name) for lane in lanes_of("denoise")}
    share = steps / recipes["resunet"].steps
    counts = {name: max(1, round(share * of.steps)) for name, of in recipes.items()}
    values: dict[str, Any] = {f"{name}.steps": counts[name] for name in counts}
    values |= {f"resunet.{name}": value for name, value in changes.items()}
    with TemporaryDirectory() as folder:
        values |= {"data_root": folder, "images.source": "sample"}
        parameters = ",".join(f"{name}={value}" for name, value in values.items())
        pipelines = "data_engineering,training"
        command = [*command_of(pipelines, parameters, "local"), f"--runner={runner}"]
        cost = measure(command, Path(folder), PROJECT)
    seen = sum(counts[name] * of.batch_size for name, of in recipes.items())
    return Rate(seen / cost.wall, seen / cost.cpu)


@contextmanager
def beside(count: int) -> Iterator[None]:
    """Keep so many other processes busy."""
    command = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def take_turns(
    measured: dict[tuple[str, Any], Callable[[], Rate]], busy: list[int], rounds: int
) -> dict[tuple[str, Any, int], list[Rate]]:
    """Measure all in turns, round after round, beside each number of processes."""
    found: dict[tuple[str, Any, int], list[Rate]] = {}
    for _, name, count in product(range(rounds), measured, busy):
        with beside(count):
            found.setdefault((*name, count), []).append(measured[name]())
    return found


def shares(rates: list[Rate], idle: list[Rate]) -> Rate:
    """The median share of the idle rates, round by round."""
    pairs = list(zip(rates, idle, strict=True))
    return Rate(
        median(rate.wall / still.wall for rate, still in pairs),
        median(rate.cpu / still.cpu for rate, still in pairs),
    )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--busy", default="0,1,2")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--runner", help="measure a run with this runner too")
    parser.add_argument("--set", type=yaml.safe_load, default={}, help="YAML")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
    busy = sorted({0, *map(int, given.busy.split(","))})
    measured: dict[tuple[str, Any], Callable[[], Rate]] = {}
    for threads in map(yaml.safe_load, given.threads.split(",")):
        changes = {**given.set, "threads": threads}
        ways = {"ResUNet": partial(in_a_process, given.steps, **changes)}
        if given.runner:
            ways[given.runner] = partial(run_with, given.runner, given.steps, **changes)
        measured |= {(way, threads): call for way, call in ways.items()}
    found = take_turns(measured, busy, given.rounds)
    table = Table(*COLUMNS)
    for (way, threads, count), rates in found.items():
        share = shares(rates, found[way, threads, 0])
        cells = [way, str(threads), str(count)]
        cells += [f"{median(rate.wall for rate in rates):.0f}", f"{share.wall:.0%}"]
        cells += [f"{median(rate.cpu for rate in rates):.0f}", f"{share.cpu:.0%}"]
        table.add(cells)
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
