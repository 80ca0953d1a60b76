"""How time and memory grow with the number of images, up to more than the memory.

    .venv/bin/python -m benchmarks.studies.many_images [--counts 10000,100000,1000000]
        [--limit 2000] [--steps 3000] [--rounds 1] [--data FOLDER] [--csv FILE]

For each number of training images: a folder of .npy files with crops of 32x32 pixels of
the sample's photographs, mirrored and of varied brightness; the pipeline
data_engineering; and a training of the course report's network, `--steps` steps of 64
images, with 1,000 validation images. Each run is in a control group of its own of
`--limit` megabytes, in which the page cache counts, and begins with nothing of its data
in the memory. No checkpoint is saved: the first one of a training hashes all images.
"peak" is that of the control group; "own" is the most memory that its processes cannot
give back.

The data go into a temporary folder in FOLDER, which needs 13 GB for a million images,
and are removed. The table is Markdown; `--csv` writes it too. Linux only, as root.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.costs import measure
from benchmarks.runs import PROJECT, command_of, read_newest
from benchmarks.table import Table
from denoising_autoencoder.sources.crops import CROP_SIDE
from denoising_autoencoder.sources.sample import TEST, TRAINING

COLUMNS = ("training images", "step", "seconds", "peak MB", "own MB", "written MB")
COLUMNS += ("images/s", "load")
BATCH, VALIDATION = 64, 1_000
CHUNK = 10_000
INTERVAL = 0.2
NEVER = 10**6
MB = 10**6


class Group(NamedTuple):
    """A control group for memory, of version 1 or 2.

    Attributes:
        folder: Its folder.
        limit: Name of the file of its limit.
        peak: Name of the file of its largest use.
        own: Name of what cannot be given back in memory.stat.
    """

    folder: Path
    limit: str
    peak: str
    own: str

    def read_own(self) -> int:
        """Bytes that its processes cannot give back."""
        lines = (self.folder / "memory.stat").read_text().splitlines()
        return int(dict(line.split() for line in lines)[self.own])


@contextmanager
def group_of(megabytes: int) -> Iterator[Group]:
    """Make a control group with a limit, and remove it."""
    root = Path("/sys/fs/cgroup")
    name = f"many_images_{os.getpid()}"
    if (root / "cgroup.controllers").exists():
        group = Group(root / name, "memory.max", "memory.peak", "anon")
    else:
        files = ("memory.limit_in_bytes", "memory.max_usage_in_bytes", "total_rss")
        group = Group(root / "memory" / name, *files)
    group.folder.mkdir()
    try:
        (group.folder / group.limit).write_text(str(megabytes * MB))
        yield group
    finally:
        group.folder.rmdir()


class Run(NamedTuple):
    """What a run took: seconds, and megabytes."""

    seconds: float
    peak: float
    own: float
    written: float


def run_within(limit: int, command: list[str], data: Path) -> Run:
    """Run a command in a control group, with nothing of its data in the memory."""
    forget(data)
    with group_of(limit) as group:
        over, most = threading.Event(), [0]

        def watch() -> None:
            while not over.wait(INTERVAL):
                most[0] = max(most[0], group.read_own())

        watcher = threading.Thread(target=watch)
        watcher.start()
        enter = f'echo $$ > {group.folder}/cgroup.procs && exec "$@"'
        try:
            cost = measure(["sh", "-c", enter, "sh", *command], data, PROJECT)
        finally:
            over.set()
            watcher.join()
        peak = int((group.folder / group.peak).read_text())
    return Run(cost.wall, peak / MB, most[0] / MB, cost.written)


def forget(data: Path) -> None:
    """Let the system give back the memory that keeps the files of a folder."""
    for path in filter(Path.is_file, data.rglob("*.npy")):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def write_images(folder: Path, counts: dict[str, int]) -> None:
    """Write crops of the sample's photographs: `train_images` and `test_images`."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for photographs, (name, count) in zip(
        (TRAINING, TEST), counts.items(), strict=True
    ):
        views = [view for photograph in photographs for view in photograph.read()]
        images = np.lib.format.open_memmap(
            folder / f"{name}.npy", "w+", np.uint8, (count, CROP_SIDE, CROP_SIDE, 3)
        )
        for number, start in enumerate(range(0, count, CHUNK)):
            size = min(CHUNK, count - start)
            images[start : start + size] = crops(views[number % len(views)], size, rng)
        images.flush()


def crops(view: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Cut crops at random places, each mirrored or not and darkened by up to a half."""
    windows = np.lib.stride_tricks.sliding_window_view(
        view, (CROP_SIDE, CROP_SIDE), axis=(0, 1)
    )
    top, left = (rng.integers(0, size, count) for size in windows.shape[:2])
    cut = windows[top, left].transpose(0, 2, 3, 1)
    mirrored = rng.random(count) < 0.5
    cut[mirrored] = cut[mirrored, :, ::-1]
    brightness = rng.uniform(0.5, 1, (count, 1, 1, 1)).astype(np.float32)
    return (cut * brightness).astype(np.uint8)


def rows_of(count: int, given: argparse.Namespace, data: Path) -> Iterator[list[str]]:
    """Measure both steps with a number of training images."""
    kept = count + VALIDATION
    counts = {"train_images": kept, "test_images": VALIDATION}
    write_images(data / "images", counts)
    images = f"images.source=npz,images.path={data / 'images'},data_root={data}"
    images += f",split.validation_fraction={VALIDATION / kept}"
    command = command_of("data_engineering", images, "local")
    yield row(count, "data engineering", run_within(given.limit, command, data), kept)
    recipe = f"data_root={data},dae.batch_size={BATCH},dae.steps={given.steps}"
    recipe += f",dae.validation_interval={given.steps},dae.device=cpu"
    recipe += f",dae.checkpoint_seconds={NEVER}"
    command = [*command_of("denoise", recipe, "local"), "--nodes=dae.train"]
    runs, rates = [], []
    for _ in range(given.rounds):
        runs.append(run_within(given.limit, command, data))
        timing = read_newest(data, "06_models/dae/timing.csv")
        rates.append(given.steps * BATCH / timing["seconds"].iloc[-1])
    run = Run(*map(median, zip(*runs, strict=True)))
    yield row(count, "training", run, median(rates) * run.seconds)


def row(count: int, step: str, run: Run, images: float) -> list[str]:
    """Write a row of the table."""
    cells = (run.seconds, run.peak, run.own, run.written, images / run.seconds)
    return [
        *(f"{count:,}", step, *(f"{cell:,.0f}" for cell in cells)),
        f"{os.getloadavg()[0]:.1f}",
    ]


def main() -> None:
    """Print each row when it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="10000,100000,1000000")
    parser.add_argument("--limit", type=int, default=2000, help="megabytes")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=1, help="trainings, the median")
    parser.add_argument("--data", type=Path, default=PROJECT / "data")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    table = Table(*COLUMNS)
    for count in map(int, given.counts.split(",")):
        with TemporaryDirectory(dir=given.data) as folder:
            for cells in rows_of(count, given, Path(folder)):
                table.add(cells)
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
