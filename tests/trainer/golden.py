"""Short trainings of every lane whose losses are recorded, machine by machine.

    .venv/bin/python -m tests.trainer.golden

records the losses of this machine in golden.csv (`make golden`). Bits are the same only
where the processor, the instructions that it computes in and PyTorch are the same:
another order of additions rounds in other ways.
"""

from __future__ import annotations

import csv
import math
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import yaml

from denoising_autoencoder.images import normalize
from denoising_autoencoder.lanes import Lane, lanes_of
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.draw import VALIDATION_STREAM, add_noise
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.trainer import TrainingData, train

PROJECT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("golden.csv")

STEPS, INTERVAL = 20, 4
RECORDED = [str(step) for step in range(0, STEPS + 1, INTERVAL)]
SPLITS = ("training", "validation")

# A quarter of the pixels of a run's images, so that all lanes take a few seconds.
SIDE, TRAINING, VALIDATION = 16, 224, 32

TOLERANCE = 2e-5
"""Largest relative difference between the losses of two machines.

Measured on a Xeon with AMX: restricted to AVX2 or to SSE, in batches and in
micro-batches, the losses differ by up to 2e-6; with and without AMX they are equal,
since float32 does not use it. bfloat16, which must not pass for float32, changes the
losses of each lane by 2e-4 or more.
"""

_LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")
"""Variables that restrict the instructions of libraries that PyTorch does not ask."""

_PROCESSOR = ("model name", "cpu family", "model", "CPU implementer", "CPU part")
"""What names a processor in /proc/cpuinfo. Virtual machines hide a part of the name."""


class Machine(NamedTuple):
    """What decides the bits of a training."""

    processor: str
    computes_in: str
    pytorch: str


Losses = dict[str, list[float]]
"""The recorded MSE, by "lane, split"."""


def this_machine() -> Machine:
    """Name the processor, the instructions that PyTorch takes here, and PyTorch."""
    limits = [f"{name}={os.environ[name]}" for name in _LIMITS if name in os.environ]
    return Machine(
        processor=_processor(),
        computes_in=", ".join([torch.backends.cpu.get_cpu_capability(), *limits]),
        pytorch=torch.__version__,
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    pairs = [line.partition(":") for line in lines]
    values = {name.strip(): value.strip() for name, _, value in reversed(pairs)}
    named = [f"{name} {values[name]}" for name in _PROCESSOR if name in values]
    return ", ".join(named) or platform.processor() or platform.machine()


def train_all() -> Losses:
    """Train every lane for a few steps, as conf/base says, but in float32."""
    blocks = yaml.safe_load((PROJECT / "conf/base/parameters_lanes.yml").read_text())
    losses: Losses = {}
    short = {"steps": STEPS, "epochs": None, "validation_interval": INTERVAL}
    short |= {"precision": "float32", "device": "cpu"}
    for lane in lanes_of("denoise"):
        recipe = LaneParameters(**{**blocks[lane.name], **short})
        network = build_network(recipe.network, recipe.seed, recipe.options)
        history = train(network, _data(lane), recipe, lane.name)
        for split in SPLITS:
            mse = history.loc[history["split"] == split, "mse"]
            losses[f"{lane.name}, {split}"] = [float(value) for value in mse]
    return losses


def _data(lane: Lane) -> TrainingData:
    import skimage.data

    cells = 512 // SIDE
    photograph = skimage.data.astronaut().reshape(cells, SIDE, cells, SIDE, 3)
    crops = photograph.swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
    order = np.random.default_rng(0).permutation(len(crops))
    images = normalize(crops[order[: TRAINING + VALIDATION]])
    targets = images[TRAINING:]
    file = PROJECT / "conf/base/parameters_data_engineering.yml"
    noise = read_noise(yaml.safe_load(file.read_text())["noise"])
    if not lane.noisy:
        return TrainingData(images[:TRAINING], targets, targets, Clean())
    inputs = add_noise(targets, noise, seed=0, stream=VALIDATION_STREAM)
    return TrainingData(images[:TRAINING], inputs, targets, noise)


def read(file: Path = FILE) -> dict[Machine, Losses]:
    """Read the losses of each machine."""
    recorded: dict[Machine, Losses] = {}
    with file.open(newline="") as text:
        for row in csv.DictReader(text):
            machine = Machine(*(row[name] for name in Machine._fields))
            losses = [float(row[step]) for step in RECORDED]
            recorded.setdefault(machine, {})[row["losses"]] = losses
    return recorded


def write(recorded: Mapping[Machine, Losses], file: Path = FILE) -> None:
    """Write the losses of each machine, to the last bit."""
    with file.open("w", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*Machine._fields, "losses", *RECORDED])
        for machine, losses in recorded.items():
            for name, values in losses.items():
                writer.writerow([*machine, name, *map(repr, values)])


def differences(
    losses: Losses, machine: Machine, recorded: Mapping[Machine, Losses]
) -> list[str]:
    """List the losses that are not those that are recorded.

    Args:
        losses: Losses measured on `machine`.
        machine: If it is among `recorded`, its losses have to be equal to the last bit;
            if not, within `TOLERANCE` of all that are recorded.
        recorded: Losses of each machine.
    """
    tolerance = 0.0 if machine in recorded else TOLERANCE
    others = [recorded[machine]] if machine in recorded else list(recorded.values())
    found = [] if others else ["nothing is recorded"]
    for other in others:
        for name in sorted(losses.keys() | other.keys()):
            ours, theirs = losses.get(name, []), other.get(name, [])
            if len(ours) != len(theirs) or not all(
                math.isclose(a, b, rel_tol=tolerance)
                for a, b in zip(ours, theirs, strict=True)
            ):
                found.append(f"{name}: {ours} instead of {theirs}")
    return found


def add(
    losses: Losses, machine: Machine, recorded: Mapping[Machine, Losses]
) -> dict[Machine, Losses]:
    """Add the losses of a machine.

    If it was recorded with others, trainings have changed, and the losses of all
    machines are out of date: only the new ones stay.
    """
    changed = machine in recorded and losses != recorded[machine]
    return {**({} if changed else recorded), machine: losses}


def main() -> None:
    """Record this machine."""
    machine, before = this_machine(), read()
    recorded = add(train_all(), machine, before)
    write(recorded)
    dropped = len(before.keys() - recorded.keys())
    sys.stdout.write(f"{', '.join(machine)}: recorded\n")
    if dropped:
        sys.stdout.write(f"Trainings have changed: {dropped} out of date, removed\n")


if __name__ == "__main__":
    main()
