"""What each part of a recipe is worth: one change at a time, seed by seed.

    .venv/bin/python -m benchmarks.studies.ablation IMAGES.npz [--name NAME] [--seeds N]
        [--seconds S] [--only LANE]

Every training takes as many steps as fit into the seconds on one core of this machine;
all recipes are timed three times in turns, and the median counts. Trainings run in
parallel, one on each core. PSNR is the mean over the validation images with noise of
variance 0.1. The difference to the unchanged recipe is paired: same image, same noise,
same seed. Its interval of 95 % is Student's t over the seeds. The tables are Markdown.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks.runs import VARIANCE
from benchmarks.studies.trials import Outcome, Trial, run_side_by_side, with_equal_time
from denoising_autoencoder.compute.processes import available_cores

UNCHANGED = "unchanged"

# The title of each table, its lane, and the changes of each row. Half the epochs are
# half the seconds.
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
            # The better of 0.001 and 0.003; 0.01 diverges, because the gradient of the
            # PSNR grows as the error shrinks.
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
    """Write the paired difference in dB with its interval over the seeds."""
    each = [
        float((a.scores["psnr"] - b.scores["psnr"]).mean())
        for a, b in zip(changed, base, strict=True)
    ]
    if len(each) == 1:
        return f"{each[0]:+.3f}"
    half = stats.t.ppf(0.975, len(each) - 1) * stats.sem(each)
    return f"{np.mean(each):+.3f} ± {half:.3f}"


def main() -> None:
    """Train, and print each table when its trainings are done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", default="", help="only the table of this lane")
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
