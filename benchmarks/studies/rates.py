"""How fast networks train, compared with the processor's rate of multiplication.

    .venv/bin/python -m benchmarks.studies.rates [--seconds 3] [--rounds 3]
        [--threads N]

Every row is a training as in a run, but on random images of 32x32, without validation,
with a thread for each core and with `precision: auto`. Its FLOPs are twice the
multiply-accumulates of the forward pass, times three for both passes. They are compared
with the rate of multiplying matrices of 2048 x 2048 in the same precision, measured
between the rows. A second table shows how the cost grows with twice the images, the
batch, the width. The tables are Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
import yaml

from benchmarks.runs import PROJECT
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.compute.work import training_tflop
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.summary import count_macs
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.trainer import TrainingData, train

SIDE, IMAGES = 32, 4_096
MATRIX = 2048
WARM_UP = 20
NOISE = Gaussian(kind="gaussian", std=0.31623, clamp=True)

MEASURED: dict[str, tuple[str, dict[str, Any]]] = {
    "AE, batch 16": ("ae", {"batch_size": 16}),
    "AE, batch 64": ("ae", {"batch_size": 64}),
    "AE, batch 256": ("ae", {"batch_size": 256}),
    "DAE, batch 16": ("dae", {"batch_size": 16}),
    "DAE, batch 64": ("dae", {"batch_size": 64}),
    "DAE, batch 256": ("dae", {"batch_size": 256}),
    "ResUNet": ("resunet", {}),
    "ResUNet of `--env=long`": ("resunet", {"options": {"widths": [32, 64]}}),
}
GROWN: dict[str, tuple[str, dict[str, Any], int]] = {
    "DAE, batch 64": ("dae", {"batch_size": 64}, IMAGES),
    "twice the images": ("dae", {"batch_size": 64}, 2 * IMAGES),
    "twice the batch": ("dae", {"batch_size": 128}, IMAGES),
    "twice the width": ("dae", {"batch_size": 64, "options": {"width": 16}}, IMAGES),
    "ResUNet": ("resunet", {}, IMAGES),
    "twice the images, ResUNet": ("resunet", {}, 2 * IMAGES),
    "twice the batch, ResUNet": ("resunet", {"batch_size": 128}, IMAGES),
    "twice the width, ResUNet": (
        "resunet",
        {"options": {"widths": [48, 96]}},
        IMAGES,
    ),
}


def recipe_of(lane: str, **changes: Any) -> LaneParameters:
    """Read the recipe of a lane, with changes."""
    blocks = yaml.safe_load((PROJECT / "conf/base/parameters_lanes.yml").read_text())
    return LaneParameters(
        **{**blocks[lane], "precision": "auto", "device": "cpu", **changes}
    )


def step_seconds(recipe: LaneParameters, count: int, seconds: float) -> float:
    """Measure the seconds for a step, without the first steps' overhead."""
    images = np.random.default_rng(0).uniform(-1, 1, (count, SIDE, SIDE, 3))
    images = images.astype(np.float16)
    few = images[:2]
    noise = Clean() if recipe.title == "AE" else NOISE

    def take(steps: int) -> float:
        changes = {"steps": steps, "epochs": None, "validation_interval": 10**9}
        network = build_network(recipe.network, recipe.seed, recipe.options)
        data = TrainingData(images, few, few, noise)
        history = train(network, data, recipe.model_copy(update=changes), "timing")
        return float(history["seconds"].iloc[-1])

    take(WARM_UP)
    steps = max(WARM_UP, round(seconds / take(WARM_UP) * WARM_UP))
    return take(steps) / steps


def flops(recipe: LaneParameters) -> float:
    """Count the FLOPs for an image, forward and backward."""
    network = build_network(recipe.network, recipe.seed, recipe.options)
    return 1e12 * training_tflop(count_macs(network, SIDE, SIDE), images=1)


def repeat(function: Callable[[], object], seconds: float) -> float:
    """Call a function for some seconds; return the seconds for a call."""
    function()
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        function()
        calls += 1
    return (time.perf_counter() - start) / calls


def matrix_rate(recipe: LaneParameters) -> float:
    """Measure the FLOP/s of matrices in the precision that a recipe has here."""
    a, b = torch.randn(2, MATRIX, MATRIX)
    with torch.inference_mode(), autocast_for(recipe.precision, torch.device("cpu")):
        dtype = torch.mm(a[:2], b).dtype
    a, b = a.to(dtype), b.to(dtype)
    with torch.inference_mode():
        return 2 * MATRIX**3 / repeat(lambda: a @ b, 1.0)


def in_turns(
    rounds: int, measured: dict[str, Callable[[], Any]]
) -> dict[str, list[Any]]:
    """Take all measurements round after round: a machine has slow minutes."""
    found: dict[str, list[Any]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, measure in measured.items():
            found[name].append(measure())
    return found


def main() -> None:
    """Measure, and print both tables: medians over the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=available_cores())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)

    def step_and_matrix(lane: str, changes: dict[str, Any]) -> tuple[float, float]:
        recipe = recipe_of(lane, threads=given.threads, **changes)
        return step_seconds(recipe, IMAGES, given.seconds), matrix_rate(recipe)

    turns = in_turns(
        given.rounds,
        {name: partial(step_and_matrix, *row) for name, row in MEASURED.items()},
    )
    print("| training | images/s | ms/step | MFLOP/image | GFLOP/s | of matrices |")
    print("| --- " * 6 + "|")
    for name, (lane, changes) in MEASURED.items():
        recipe = recipe_of(lane, **changes)
        seconds = median(step for step, _ in turns[name])
        rate, work = recipe.batch_size / seconds, flops(recipe)
        batch = work * recipe.batch_size
        share = median(batch / step / matrices for step, matrices in turns[name])
        cells = [name, f"{rate:,.0f}", f"{1000 * seconds:.2f}", f"{work / 1e6:.1f}"]
        cells += [f"{rate * work / 1e9:.0f}", f"{share:.0%}"]
        print(f"| {' | '.join(cells)} |", flush=True)

    def step(lane: str, changes: dict[str, Any], count: int) -> float:
        recipe = recipe_of(lane, threads=given.threads, **changes)
        return step_seconds(recipe, count, given.seconds)

    grown = in_turns(
        given.rounds, {name: partial(step, *row) for name, row in GROWN.items()}
    )
    print("\n| training | ms/step | images/s | relative images/s |")
    print("| --- " * 4 + "|")
    first = 0.0
    for name, (lane, changes, _) in GROWN.items():
        seconds = median(grown[name])
        rate = recipe_of(lane, **changes).batch_size / seconds
        if not name.startswith("twice"):
            first = rate
        cells = [name, f"{1000 * seconds:.2f}", f"{rate:,.0f}", f"{rate / first:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
