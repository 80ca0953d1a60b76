"""What each part of a recipe is worth: one change at a time, seed by seed.

    .venv/bin/python -m benchmarks.studies.ablation IMAGES.npz [--budgets default,long]
        [--tflop X] [--seeds 5] [--only WORDS] [--kept FOLDER] [--csv FILE]

Every training has the TFLOP of the unchanged recipe, or those of `--tflop`: 6 x MACs of
the network x images seen. So a change that makes a step larger has fewer steps, and the
rows are the same on a machine of any speed. Trainings run in parallel, one on each
core. PSNR is the mean over the validation images with noise of variance 0.1. The
difference to the unchanged recipe is paired: same image, same noise, same seed. Its
interval of 95 % is Student's t over the seeds.

`--only` selects changes by words in their names, with a bar between them. `--kept`
keeps the scores of each training, so that the same command resumes a study that was
interrupted. The table is
Markdown; `--csv` writes it after each row, as docs/results/ has it. The study ends with
the changes that break the rule of CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from benchmarks.runs import VARIANCE
from benchmarks.studies.trials import (
    Trial,
    psnr_side_by_side,
    tflop_of,
    with_tflop,
)
from benchmarks.table import Table
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.parameters.lanes import LaneParameters

UNCHANGED = "unchanged"
COLUMNS = ("budget", "change", "PSNR dB", "difference, 95 %", "TFLOP", "steps")

BUDGETS = {"default": ("resunet", "base"), "long": ("resunet", "long")}
BUDGETS |= {"report": ("dae", "base")}
"""Lane and environment of each budget; its TFLOP are those of its recipe."""

MARGIN = 0.02
"""dB by which no single change may be better than the shipped recipe."""

Change = dict[str, Any]
"""Parameters that differ, and perhaps "share", a share of the TFLOP."""


def resunet_changes(recipe: LaneParameters) -> dict[str, Change]:
    """List the changes to a recipe of the residual U-Net, by name."""
    rate, batch, options = recipe.learning_rate, recipe.batch_size, recipe.options
    # The rates of AdamW and SGD, relative to Muon's, were the better ones of a few; SGD
    # diverges at higher ones, because the gradient of the PSNR grows as the error
    # shrinks.
    return {
        "AdamW, half the learning rate": _optimizer("adamw", 0.5 * rate),
        "SGD, 3/4 of the learning rate": _optimizer("sgd", 0.75 * rate),
        # The penalty is in units of the loss.
        "loss mse, no L1 penalty": {"loss": "mse", "l1_penalty": 0.0},
        "loss l1, no L1 penalty": {"loss": "l1", "l1_penalty": 0.0},
        "constant learning rate": {"schedule": "constant"},
        "schedule one_cycle": {"schedule": "one_cycle"},
        "flips and transposes": {"augmentation": "dihedral"},
        "no flips and transposes": {"augmentation": "none"},
        "batch normalization": {"options": {**options, "batch_norm": True}},
        "leaking ReLUs, slope 0.1": {"options": {**options, "leak": 0.1}},
        "L1 penalty of 1e-5": {"l1_penalty": 1e-5},
        "no L1 penalty": {"l1_penalty": 0.0},
        "a third more channels": {
            "options": {**options, "widths": [4 * w // 3 for w in options["widths"]]}
        },
        "half the epochs": {"share": 0.5},
        "half the batch": {"batch_size": max(1, batch // 2)},
        "twice the batch": {"batch_size": 2 * batch},
        "half the learning rate": {"learning_rate": rate / 2},
        "twice the learning rate": {"learning_rate": 2 * rate},
    }


def dae_changes(recipe: LaneParameters) -> dict[str, Change]:
    """List the changes to the report's network, with what the report proposes."""
    options = recipe.options
    return {
        "Adam, learning rate 0.01": _optimizer("adam", 0.01),
        "Adam, constant 1e-4, on the MSE, as in the report": {
            **_optimizer("adam", 1e-4),
            "schedule": "constant",
            "loss": "mse",
        },
        "SGD, learning rate 0.1, on the MSE": {
            **_optimizer("sgd", 0.1),
            "loss": "mse",
        },
        "AdamW for the layers of colours": {"muon_colors": False},
        "schedule one_cycle": {"schedule": "one_cycle"},
        "four layers a side": {"options": {**options, "layers": 4}},
        "batch normalization": {"options": {**options, "batch_norm": True}},
        "four layers a side, batch normalization": {
            "options": {**options, "layers": 4, "batch_norm": True}
        },
        "L1 penalty of 1e-5": {"l1_penalty": 1e-5},
        "half the epochs": {"share": 0.5},
        "one noisy input for each image": {"noisy_inputs": 1},
        "four noisy inputs for each image": {"noisy_inputs": 4},
        "flips and transposes": {"augmentation": "dihedral"},
        "loss l1": {"loss": "l1"},
        "loss mse": {"loss": "mse"},
        "input skip": {"options": {**options, "input_skip": True}},
        "linear start": {"options": {**options, "linear_start": True}},
    }


def _optimizer(name: str, learning_rate: float) -> Change:
    return {"optimizer": name, "learning_rate": learning_rate}


def changes_of(base: Trial) -> dict[str, Change]:
    """List the changes to a recipe that change it, the unchanged recipe first."""
    recipe = base.recipe()
    listed = {"resunet": resunet_changes, "dae": dae_changes}[base.lane](recipe)
    own = recipe.model_dump(mode="json")
    return {UNCHANGED: {}} | {
        name: change for name, change in listed.items() if {**own, **change} != own
    }


class Row(NamedTuple):
    """A row of the table before its trainings: names, and the trial of seed 0."""

    budget: str
    change: str
    trial: Trial


def rows_of(budget: str, images: Path, tflop: float | None, only: str) -> list[Row]:
    """Plan the rows of a budget; `only` has words in the names of the changes."""
    lane, environment = BUDGETS[budget]
    base = Trial(images=images, lane=lane, environment=environment)
    available = tflop or tflop_of(base)
    rows = []
    for name, change in changes_of(base).items():
        if name == UNCHANGED or any(word in name for word in only.split("|")):
            parameters = {key: change[key] for key in change if key != "share"}
            trial = replace(base, changes=parameters)
            trial = with_tflop(trial, change.get("share", 1.0) * available)
            rows.append(Row(budget, name, trial))
    return rows


def write_difference(changed: np.ndarray, base: np.ndarray) -> str:
    """Write the paired difference in dB with its interval over the seeds.

    Args:
        changed: (seeds, images) PSNR with the change.
        base: The same of the unchanged recipe.
    """
    each = (changed - base).mean(axis=1)
    if len(each) == 1:
        return f"{each[0]:+.3f}"
    half = stats.t.ppf(0.975, len(each) - 1) * stats.sem(each)
    return f"{each.mean():+.3f} ± {half:.3f}"


def better_than_shipped(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """List the changes that are certainly better than the shipped recipe.

    A recipe is to survive its own ablation: no single change is better by more than
    `MARGIN` with an interval that excludes 0.

    Args:
        rows: Rows of docs/results/ablation.csv.

    Raises:
        ValueError: A change has no interval.
    """
    better = []
    for row in rows:
        if row["change"] != UNCHANGED:
            difference, half = map(float, row["difference, 95 %"].split(" ± "))
            if difference > MARGIN and difference > half:
                found = f"{row['budget']}, {row['change']}: {row['difference, 95 %']}"
                better.append(found)
    return better


def measure(rows: list[Row], given: argparse.Namespace) -> Iterator[list[str]]:
    """Train every row with every seed, and write its cells when it is done."""
    trials = [
        replace(row.trial, seed=seed) for row in rows for seed in range(given.seeds)
    ]
    outcomes = psnr_side_by_side(trials, given.processes, given.kept)
    base = np.empty(0)
    for budget, change, trial in rows:
        psnr = np.stack(list(islice(outcomes, given.seeds)))
        if change == UNCHANGED:
            base, difference = psnr, ""
        else:
            difference = write_difference(psnr, base)
        work, steps = tflop_of(trial), trial.changes["steps"]
        cells = [budget, change, f"{psnr.mean():.2f}", difference]
        yield [*cells, f"{work:.3g}", f"{steps:,}"]


def main() -> None:
    """Train, and print each row when its trainings are done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--budgets", default="default,long", help=", ".join(BUDGETS))
    parser.add_argument("--tflop", type=float, help="instead of the recipe's own")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="words of changes, | between them")
    parser.add_argument("--processes", type=int, default=available_cores())
    parser.add_argument("--kept", type=Path, help="folder of scores, to resume from")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    images = given.npz.resolve()
    rows = [
        row
        for budget in given.budgets.split(",")
        for row in rows_of(budget, images, given.tflop, given.only)
    ]
    print(
        f"{given.name}, validation images · noise of {VARIANCE} · {given.seeds} seeds\n"
    )
    table, done = Table(*COLUMNS), []
    for cells in measure(rows, given):
        table.add(cells)
        done.append(dict(zip(COLUMNS, cells, strict=True)))
        if given.csv:
            table.save(given.csv)
    if given.seeds > 1:
        print(f"\nBetter than the recipe: {better_than_shipped(done) or 'none'}")


if __name__ == "__main__":
    main()
