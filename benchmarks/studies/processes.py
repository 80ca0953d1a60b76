"""How fast one training is on several processes, and over which wires it pays.

    .venv/bin/python -m benchmarks.studies.processes [--steps 40] [--rounds 3]
        [--wires 50:2,100:0.5,300:0.2] [--set "{micro_batch: 6}"] [--csv FILE]

The ResUNet trains on random images: in one process of one thread, in two of them on
this machine, and in two network namespaces that a wire joins (`wire`; needs root and
Linux). A wire is written as MBIT:MS, its bandwidth in Mbit/s and its delay in one
direction. In rounds, which are taken in turns; medians.

"exchanged" are the bytes that rank 0 sends and receives in a step, "exchange" the time
that it spends in sending and receiving, which includes waiting for the other one.
Predicted from the two processes on this machine: a step takes two delays more, and the
bytes divided by the bandwidth. The table is Markdown; `--csv` writes it too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
import yaml

from benchmarks.runs import PROJECT
from benchmarks.studies import wire
from benchmarks.studies.rates import IMAGES, NOISE, SIDE, recipe_of
from benchmarks.table import Table
from denoising_autoencoder.compute.torchrun import Group, is_shared, join
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.trainer import TrainingData, train
from denoising_autoencoder.trainer.micro_batches import BatchGradients
from denoising_autoencoder.trainer.sharing import help_with

COLUMNS = ("processes", "Mbit/s", "delay ms", "images/s", "times one process")
COLUMNS += ("exchanged kB a step", "exchange ms a step", "predicted images/s", "error")

WARM_UP = 3
"""Steps before the measured ones: the first ones choose kernels."""


class Measured(NamedTuple):
    """Medians over the steps of a training, in rank 0."""

    step: float
    exchange: float
    sent: int


@dataclass
class _Traffic:
    """Bytes and seconds of this process's messages."""

    sent: int = 0
    seconds: float = 0.0

    def count(self, name: str) -> None:
        """Count the calls of one of the methods of `Group`."""
        call = getattr(Group, name)

        def counted(group: Group, values: torch.Tensor, *rest: Any) -> None:
            start = time.perf_counter()
            call(group, values, *rest)
            self.seconds += time.perf_counter() - start
            self.sent += values.nbytes

        setattr(Group, name, counted)


def train_here(steps: int, changes: dict[str, Any]) -> Measured:
    """Train the ResUNet on random images, with the help of a group if there is one."""
    traffic, starts = _Traffic(), []
    for name in ("send", "receive", "share"):
        traffic.count(name)
    compute = BatchGradients.compute

    def noted(self: BatchGradients, pair: Any) -> torch.Tensor:
        starts.append((time.perf_counter(), traffic.seconds, traffic.sent))
        return compute(self, pair)

    BatchGradients.compute = noted  # type: ignore[method-assign]
    images = np.random.default_rng(0).uniform(-1, 1, (IMAGES, SIDE, SIDE, 3))
    images = images.astype(np.float16)
    data = TrainingData(images, images[:2], images[:2], NOISE)
    count = WARM_UP + steps + 1
    changes = {"threads": 1, **changes, "steps": count, "epochs": None}
    recipe = recipe_of("resunet", **changes, validation_interval=count)
    network = build_network(recipe.network, recipe.seed, recipe.options)
    train(network, data, recipe, "processes")
    kept = np.diff(np.array(starts[WARM_UP:]), axis=0)
    step, exchange, sent = (float(value) for value in np.median(kept, axis=0))
    return Measured(step, exchange, int(sent))


def take_part(steps: int, changes: dict[str, Any]) -> None:
    """Do the part of one of torchrun's processes; rank 0 prints what it measured."""
    if not is_shared():
        print(json.dumps(train_here(steps, changes)))
        return
    with join() as group:
        if group.rank:
            help_with(group.receive_object(0), group)
        else:
            print(json.dumps(train_here(steps, changes)))


def measure(arguments: list[str], processes: int, over_a_wire: bool) -> Measured:
    """Start the processes, and return what rank 0 measured."""
    path = os.pathsep.join([str(PROJECT), str(PROJECT / "src")])
    variables = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    me = ["-m", "benchmarks.studies.processes", "--take-part", *arguments]
    command = [sys.executable, *me]
    if processes > 1:
        torchrun = [sys.executable, "-m", "torch.distributed.run"]
        command = [*torchrun, "--standalone", "--nproc-per-node", str(processes), *me]
    commands = [command]
    if over_a_wire:
        variables = wire.environment(variables)
        commands = [
            wire.inside(host, [*command[:3], *_hosts_options(host), *me])
            for host in range(len(wire.NAMES))
        ]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    one, env=variables, stdout=subprocess.PIPE, text=True, cwd=PROJECT
                )
            )
            for one in commands
        ]
        outputs = [process.communicate(timeout=600)[0] for process in started]
    lines = [line for output in outputs for line in output.splitlines()]
    return Measured(*json.loads(next(line for line in lines if line.startswith("["))))


def _hosts_options(host: int) -> Iterator[str]:
    yield from ("--nnodes", "2", "--node-rank", str(host), "--nproc-per-node", "1")
    yield from ("--master-addr", wire.ADDRESSES[0], "--master-port", "29511")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--wires", default="50:2,100:0.5,300:0.2")
    parser.add_argument("--set", type=yaml.safe_load, default={}, help="YAML")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--take-part", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.take_part:
        take_part(given.steps, given.set)
        return
    wires = [tuple(map(float, one.split(":"))) for one in given.wires.split(",") if one]
    reason = wire.missing()
    if wires and reason:
        sys.exit(f"The wires cannot be measured ({reason}): give --wires= for none.")
    arguments = ["--steps", str(given.steps), "--set", json.dumps(given.set)]
    ways = [(1, None), (2, None), *((2, one) for one in wires)]
    found: dict[Any, list[Measured]] = {way: [] for way in ways}
    for _ in range(given.rounds):
        for processes, between in ways:
            joined = (
                wire.wire(between[0] * 1e6, between[1] / 1e3)
                if between
                else nullcontext()
            )
            with joined:
                measured = measure(arguments, processes, between is not None)
            found[processes, between].append(measured)
    batch = recipe_of("resunet", **given.set).batch_size
    middle = {
        way: Measured(*(median(values) for values in zip(*of, strict=True)))
        for way, of in found.items()
    }
    one, two = middle[1, None], middle[2, None]
    table = Table(*COLUMNS)
    for (processes, between), of in middle.items():
        cells = [str(processes), "", "", f"{batch / of.step:.0f}"]
        cells += [f"{one.step / of.step:.2f}", f"{of.sent / 1e3:.0f}"]
        cells += [f"{1e3 * of.exchange:.1f}", "", ""]
        if between:
            rate, delay = between
            step = two.step + 2 * delay / 1e3 + 8 * of.sent / (rate * 1e6)
            cells[1:3] = f"{rate:.0f}", f"{delay:g}"
            cells[-2:] = f"{batch / step:.0f}", f"{of.step / step - 1:+.0%}"
        table.add(cells)
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
