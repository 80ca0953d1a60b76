"""What each part of a recipe is worth: one change at a time, seed by seed.

    .venv/bin/python benchmarks/ablation.py IMAGES.npz [--name NAME] [--seeds N]
        [--seconds S] [--only WORD]

Every training takes as many steps as fit into the seconds on one core of this machine:
all recipes are timed in turns first, thrice, and the median counts. Trainings run side
by side, one on each core. PSNR is the mean over the validation images at noise of
variance 0.1. The difference to the unchanged recipe is paired: the same image, the same
noise, the same seed; its interval of 95 % goes by Student's t over the seeds, so that
it speaks of trainings at these numbers of steps, not of the images alone. The tables
are Markdown.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from runs import VARIANCE
from scipy import stats
from trials import Outcome, Trial, run_side_by_side, with_equal_time

from denoising_autoencoder.compute.processes import available_cores

UNCHANGED = "unchanged"

# Of a table: its title, the lane, and each row's changes. Half the seconds stand for
# half the epochs.
TABLES = {
    "The course report's network and what the report proposes": (
        "dae",
        {
            UNCHANGED: {},
            "SGD, learning rate 0.1": {"optimizer": "sgd", "learning_rate": 0.1},
            "the report's learning rate, constant 1e-4": {
                "learning_rate": 1e-4,
                "schedule": "constant",
            },
            "four layers a side": {"options": {"layers": 4}},
            "batch normalization": {"options": {"batch_norm": True}},
            "four layers a side, batch normalization": {
                "options": {"layers": 4, "batch_norm": True}
            },
            "L1 penalty of 1e-5": {"l1_penalty": 1e-5},
            "half the epochs": {"seconds": 0.5},
            "one noisy input for each image": {"noisy_inputs": 1},
            "four noisy inputs for each image": {"noisy_inputs": 4},
            "flips and transposes": {"augmentation": "dihedral"},
            "loss l1": {"loss": "l1"},
            "loss psnr": {"loss": "psnr"},
            "input skip": {"options": {"input_skip": True}},
        },
    ),
    "The residual U-Net": (
        "resunet",
        {
            UNCHANGED: {},
            "AdamW, learning rate 0.002": {
                "optimizer": "adamw",
                "learning_rate": 0.002,
            },
            # The better of 0.001 and 0.003; at 0.01 it runs away, since the gradient
            # of the PSNR grows as the error shrinks.
            "SGD, learning rate 0.003": {
                "optimizer": "sgd",
                "learning_rate": 0.003,
            },
            "loss mse": {"loss": "mse"},
            "loss l1": {"loss": "l1"},
            "constant learning rate": {"schedule": "constant"},
            "no flips and transposes": {"augmentation": "none"},
            "no input skip": {"options": {"input_skip": False}},
            "float32": {"precision": "float32"},
            "batch normalization": {"options": {"batch_norm": True}},
            "L1 penalty of 1e-5": {"l1_penalty": 1e-5},
            "one noisy input for each image": {"noisy_inputs": 1},
            "a third level": {"options": {"widths": [32, 64, 64], "blocks": [1, 3, 3]}},
            "half the epochs": {"seconds": 0.5},
        },
    ),
}


def difference(changed: list[Outcome], base: list[Outcome]) -> str:
    """The paired difference in dB, with its interval over the seeds."""
    each = [
        float((a.scores["psnr"] - b.scores["psnr"]).mean())
        for a, b in zip(changed, base, strict=True)
    ]
    if len(each) == 1:
        return f"{each[0]:+.3f}"
    half = stats.t.ppf(0.975, len(each) - 1) * stats.sem(each)
    return f"{np.mean(each):+.3f} ± {half:.3f}"


def main() -> None:
    """Train everything, and print a table as soon as its trainings are done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", default="", help="tables whose lane has this name")
    given = parser.parse_args()
    for title, (lane, rows) in TABLES.items():
        if given.only and given.only != lane:
            continue
        recipes = [
            Trial(
                images=given.npz.resolve(),
                lane=lane,
                changes={k: v for k, v in changes.items() if k != "seconds"},
                seconds=changes.get("seconds", 1.0) * given.seconds,
            )
            for changes in rows.values()
        ]
        cores = available_cores()
        trials = [
            replace(recipe, seed=seed)
            for recipe in with_equal_time(recipes, cores)
            for seed in range(given.seeds)
        ]
        outcomes = run_side_by_side(trials, cores)
        print(
            f"\n**{title}** · {given.name}, validation images · noise of {VARIANCE} · "
            f"{given.seconds:g} s of training on one core, {given.seeds} seeds\n"
        )
        print("| change | PSNR dB | difference, 95 % | steps |")
        print("| --- | --- | --- | --- |")
        base: list[Outcome] = []
        for row in rows:
            done = [next(outcomes) for _ in range(given.seeds)]
            base = base or done
            psnr = np.mean([outcome.scores["psnr"].mean() for outcome in done])
            against = "" if row == UNCHANGED else difference(done, base)
            steps = done[0].steps
            print(f"| {row} | {psnr:.2f} | {against} | {steps:,} |", flush=True)


if __name__ == "__main__":
    main()
