"""The scores of the shipped recipes of the ResUNet on the test images, seed by seed.

    .venv/bin/python -m benchmarks.studies.budgets IMAGES.npz [--name NAME]
        [--environments base,long] [--noise variance,std] [--seeds N]
        [--first-seed N] [--set YAML] [--csv FILE]

Trainings run in parallel, one on each core. Scores are means over the test images, for
a single pass and for the self-ensemble of eight. The table is Markdown; `--csv` writes
it as docs/results/ has it.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import yaml

from benchmarks.runs import NOISE
from benchmarks.studies.trials import Outcome, Trial, run_side_by_side, tflop_of
from benchmarks.table import Table
from denoising_autoencoder.compute.cores import available_cores

COLUMNS = ("training", "noise", "TFLOP", "steps", "seed", "PSNR dB", "SSIM")
COLUMNS += ("x8 PSNR dB", "x8 SSIM")


def cells(outcome: Outcome) -> list[str]:
    """Write the row of a training."""
    trial, mean, eight = outcome.trial, outcome.scores.mean(), outcome.ensemble.mean()
    environment = trial.environment
    return [
        "the default" if environment == "base" else f"`--env={environment}`",
        trial.noise,
        f"{tflop_of(trial):.1f}",
        f"{outcome.steps:,}",
        str(trial.seed),
        *(f"{mean['psnr']:.3f}", f"{mean['ssim']:.4f}".lstrip("0")),
        *(f"{eight['psnr']:.3f}", f"{eight['ssim']:.4f}".lstrip("0")),
    ]


def main() -> None:
    """Train, score, and print a row for each training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--environments", default="base,long")
    parser.add_argument("--noise", default="variance,std")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--set", type=yaml.safe_load, default={}, help="YAML")
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    trials = [
        Trial(
            images=given.npz.resolve(),
            lane="resunet",
            environment=environment,
            changes=given.set,
            noise=noise,
            seed=seed,
            split="test",
        )
        for environment, noise, seed in product(
            given.environments.split(","),
            [name for name in NOISE if name.split()[0] in given.noise.split(",")],
            range(given.first_seed, given.first_seed + given.seeds),
        )
    ]
    print(f"{given.name}, test images; changes: {given.set or 'none'}\n")
    table = Table(*COLUMNS)
    for outcome in run_side_by_side(trials, available_cores()):
        table.add(cells(outcome))
        if given.csv:
            table.save(given.csv)


if __name__ == "__main__":
    main()
