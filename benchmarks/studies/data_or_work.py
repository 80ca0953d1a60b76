"""Do more training images help, or more work? Parts of the images at two budgets.

    .venv/bin/python -m benchmarks.studies.data_or_work IMAGES.npz [--name NAME]
        [--budgets default,long] [--parts 1,2,4,8] [--seeds 3] [--kept FOLDER]
        [--csv FILE] [--figure FILE]

The recipes are those of the ResUNet at the budgets of `ablation`; each training has the
TFLOP of its recipe, whatever the number of images. The images of a smaller part belong
to the larger ones too. PSNR is the mean over the validation images, with noise of
variance 0.1; the difference to all images is paired by image and seed, with Student's t
over the seeds. The table is Markdown; `--kept` and `--csv` are those of `ablation`, and
`--figure` draws the PSNR against the number of training images.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from benchmarks.runs import VARIANCE
from benchmarks.studies.ablation import BUDGETS, write_difference
from benchmarks.studies.trials import (
    Trial,
    count_images,
    psnr_side_by_side,
    tflop_of,
    with_tflop,
)
from benchmarks.table import Table
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.figures.rendering import as_png, house_style
from denoising_autoencoder.figures.style import (
    PAGE,
    add_legend,
    new_figure,
    put_title,
    series_styles,
    style_axes,
)

COLUMNS = ("budget", "training images", "PSNR dB", "difference to all images, 95 %")
COLUMNS += ("TFLOP", "steps", "epochs")


class Point(NamedTuple):
    """The trainings with one part of the images at one budget.

    Attributes:
        images: Number of training images.
        psnr: Mean PSNR of each seed, in dB.
    """

    images: int
    psnr: np.ndarray


@house_style()
def draw(lines: dict[str, list[Point]], title: str) -> Figure:
    """Draw the PSNR against the number of training images; a dot for each seed.

    Args:
        lines: The points of each budget, by its name.
        title: Title of the figure.
    """
    figure = new_figure(PAGE, 3.2, layout="constrained")
    put_title(figure, title)
    axes = figure.subplots()
    styles = series_styles(len(lines))
    series = []
    for (name, points), style in zip(lines.items(), styles, strict=True):
        counts = [point.images for point in points]
        means = [point.psnr.mean() for point in points]
        look = {"color": style.color, "marker": style.marker, "markersize": 5}
        series += axes.plot(
            *(counts, means), linestyle=style.dash, linewidth=1.2, label=name, **look
        )
        for point in points:
            seeds = len(point.psnr)
            axes.plot(
                *([point.images] * seeds, point.psnr),
                **{**look, "linestyle": "none", "markersize": 2.5, "alpha": 0.5},
            )
    axes.set_xscale("log", base=2)
    counts = sorted({point.images for points in lines.values() for point in points})
    axes.xaxis.set_major_locator(FixedLocator(counts))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("training images")
    axes.set_ylabel("mean PSNR, dB")
    add_legend(axes, series)
    style_axes(axes)
    return figure


def plan(budget: str, images: Path, parts: list[int]) -> list[Trial]:
    """List the trial of each part of the images, all of them first."""
    lane, environment = BUDGETS[budget]
    base = Trial(images=images, lane=lane, environment=environment)
    fixed = with_tflop(base, tflop_of(base))
    return [replace(fixed, every=part) for part in sorted(parts)]


def main() -> None:
    """Train, and print each row when its trainings are done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--budgets", default="default,long", help=", ".join(BUDGETS))
    parser.add_argument("--parts", default="1,2,4,8", help="one image in so many")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=available_cores())
    parser.add_argument("--kept", type=Path, help="folder of scores, to resume from")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--figure", type=Path, help="a .png")
    given = parser.parse_args()
    parts = [int(part) for part in given.parts.split(",")]
    rows = [
        (budget, trial)
        for budget in given.budgets.split(",")
        for trial in plan(budget, given.npz.resolve(), parts)
    ]
    trials = [replace(row, seed=seed) for _, row in rows for seed in range(given.seeds)]
    outcomes = psnr_side_by_side(trials, given.processes, given.kept)
    title = (
        f"{given.name}, validation images · noise of {VARIANCE} · ResUNet, "
        f"{given.seeds} seeds"
    )
    print(f"{title}\n")
    table = Table(*COLUMNS)
    lines: dict[str, list[Point]] = {}
    everything = np.empty(0)
    for budget, trial in rows:
        psnr = np.stack(list(islice(outcomes, given.seeds)))
        first = trial.every == min(parts)
        everything = psnr if first else everything
        difference = "" if first else write_difference(psnr, everything)
        count, work, recipe = count_images(trial), tflop_of(trial), trial.recipe()
        epochs = recipe.steps * recipe.batch_size / count
        cells = [budget, f"{count:,}", f"{psnr.mean():.2f}", difference]
        table.add([*cells, f"{work:.3g}", f"{recipe.steps:,}", f"{epochs:.3g}"])
        label = f"{budget}, {work:.3g} TFLOP"
        lines.setdefault(label, []).append(Point(count, psnr.mean(axis=1)))
        if given.csv:
            table.save(given.csv)
    if given.figure:
        given.figure.write_bytes(as_png(draw(lines, title)))


if __name__ == "__main__":
    main()
