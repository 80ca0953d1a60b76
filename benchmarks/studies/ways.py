"""Ways to compute a step of the ResUNet on the CPU.

    .venv/bin/python -m benchmarks.studies.ways [--steps 10] [--rounds 3]
        [--precision auto] [--csv FILE]

Each way makes the gradients of the same batch of random images of 32x32: in parts of
several sizes on a Python thread for each core, or whole with PyTorch's own threads; and
with images and weights in another layout of memory. "Images/CPU s" counts the processor
time of all threads. Medians over the rounds, which are taken in turns. The table is
Markdown; `--csv` writes it too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch

from benchmarks.studies.rates import SIDE, in_turns, recipe_of
from benchmarks.table import Table
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.trainer.micro_batches import BatchGradients
from denoising_autoencoder.trainer.pairs import Pair

COLUMNS = ("way", "ms/step", "images/s", "images/CPU s")
WARM_UP = 2


class Way(NamedTuple):
    """One way: the number of images in a part, whose threads, and the layout."""

    part: int | None
    python: bool = True
    layout: torch.memory_format = torch.channels_last


WAYS = {
    "whole batch, PyTorch's threads": Way(None, python=False),
    "whole batch, one thread": Way(None),
    "parts of 3": Way(3),
    "parts of 6 (the default)": Way(6),
    "parts of 12": Way(12),
    "parts of 6, channels first": Way(6, layout=torch.contiguous_format),
    "parts of 6, PyTorch's threads": Way(6, python=False),
}


@contextmanager
def threads_of(way: Way) -> Iterator[InOrder]:
    """Give the `map` that computes the parts."""
    if way.python:
        count = "auto" if way.part else 1
        with on_threads(count, torch.device("cpu")) as in_order:
            yield in_order
    else:
        torch.set_num_threads(available_cores())
        yield map


def seconds(way: Way, steps: int, precision: str) -> tuple[float, float]:
    """Measure the seconds of a step: wall and processor time."""
    recipe = recipe_of("resunet", precision=precision, micro_batch=way.part)
    network = build_network(recipe.network, recipe.seed, recipe.options).train()
    network.to(memory_format=way.layout)
    generator = torch.Generator().manual_seed(0)
    shape = (recipe.batch_size, 3, SIDE, SIDE)
    images: list[Any] = [torch.rand(shape, generator=generator) for _ in range(2)]
    laid_out = (one.contiguous(memory_format=way.layout) for one in images)
    pair = Pair(*laid_out, torch.zeros(len(images[0])))
    with threads_of(way) as in_order:
        gradients = BatchGradients(network, recipe, in_order)
        for _ in range(WARM_UP):
            gradients.compute(pair)
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(steps):
            gradients.compute(pair)
    return (
        (time.perf_counter() - wall) / steps,
        (time.process_time() - cpu) / steps,
    )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    measured = in_turns(
        given.rounds,
        {
            name: lambda way=way: seconds(way, given.steps, given.precision)
            for name, way in WAYS.items()
        },
    )
    batch = recipe_of("resunet").batch_size
    table = Table(*COLUMNS)
    for name, found in measured.items():
        wall, cpu = (median(times) for times in zip(*found, strict=True))
        cells = [name, f"{1000 * wall:.0f}", f"{batch / wall:.0f}"]
        table.add([*cells, f"{batch / cpu:.0f}"])
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
