"""The designs among which the ResUNet was chosen, in equal time, on validation images.

    .venv/bin/python -m benchmarks.studies.designs IMAGES.npz [--name NAME]
        [--seconds 120] [--only WORD] [--seed N] [--set YAML] [--out FOLDER]
        [--figure FILE]

Every design takes as many steps as fit into the seconds on one core of this machine;
all are timed three times in turns, and the median counts. Trainings run in parallel,
one on each core, with noise of variance 0.1. The report's network has the recipe of the
lane dae, the others that of resunet. `--only` selects designs by a word in their name,
`--set` changes the recipe of all: longer trainings want a lower learning rate. `--out`
keeps the scores of each image and the loss history with its seconds, `--figure` draws
the validation PSNR against the seconds. The table is Markdown.
"""

from __future__ import annotations

import argparse
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from matplotlib.figure import Figure

from benchmarks.runs import VARIANCE
from benchmarks.studies.trials import Outcome, Trial, run_side_by_side, with_equal_time
from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.summary import summarize_network

SIDE = 32


def unet(widths: list[int], blocks: list[int], **options: Any) -> dict[str, Any]:
    """List the changes that make a U-Net of the resunet lane."""
    return {"options": {"widths": widths, "blocks": blocks, **options}}


DESIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "the report's network": ("dae", {}),
    "FFDNet 8x64": ("resunet", {"network": "ffdnet", "options": {}}),
    "U-Net 64/128, blocks 4/4, half resolution": (
        "resunet",
        unet([64, 128], [4, 4], unshuffle=2),
    ),
    "U-Net 32/64/128, blocks 1/3/3": ("resunet", unet([32, 64, 128], [1, 3, 3])),
    "U-Net 32/64/64, blocks 1/3/3": ("resunet", unet([32, 64, 64], [1, 3, 3])),
    "U-Net 16/64, blocks 1/6": ("resunet", unet([16, 64], [1, 6])),
    "U-Net 32/64, blocks 0/6": ("resunet", unet([32, 64], [0, 6])),
    "U-Net 32/64, blocks 1/4": ("resunet", {"options": {}}),
    "U-Net 32/64, blocks 1/8": ("resunet", unet([32, 64], [1, 8])),
    "U-Net 48/96, blocks 1/4": ("resunet", unet([48, 96], [1, 4])),
    "U-Net 32/128, blocks 1/4": ("resunet", unet([32, 128], [1, 4])),
    "U-Net 64/128, blocks 1/4": ("resunet", unet([64, 128], [1, 4])),
}
COLORS = ("#000000", "#999999", "#E69F00", "#56B4E9", "#009E73", "#F0E442")
COLORS += ("#0072B2", "#D55E00", "#CC79A7", "#882255", "#44AA99", "#999933")

ROOM = 0.7
"""Space below the end of the lowest line, in dB."""


def draw(curves: dict[str, pd.DataFrame], title: str) -> Figure:
    """Draw the PSNR of the mean validation MSE against the seconds of training.

    Args:
        curves: The loss history of each design.
        title: Title of the figure.
    """
    figure = Figure(figsize=(9.6, 4.8), dpi=150, layout="constrained")
    axes = figure.subplots()
    lines = []
    for (name, curve), color in zip(curves.items(), cycle(COLORS), strict=False):
        points = curve[(curve["split"] == "validation") & (curve["step"] > 0)]
        # The images are in [-1, 1], a range of 2.
        psnr = 10 * np.log10(4 / points["mse"])
        last = float(psnr.iloc[-1])
        lines.append((last, f"{last:.2f}  {name}", points["seconds"], psnr, color))
    # The best first, so that the legend has the order of the lines' ends.
    for _, label, seconds, psnr, color in sorted(lines, reverse=True):
        axes.plot(seconds, psnr, color=color, linewidth=1.6, label=label)
    # The first seconds say little and would flatten the rest.
    axes.set_ylim(bottom=min(last for last, *_ in lines) - ROOM)
    axes.set_title(title, size=10, loc="left", parse_math=False)
    axes.set_xlabel("seconds of training, one core")
    axes.set_ylabel("PSNR of the mean validation MSE, dB")
    axes.grid(color="#dddddd", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(frameon=False, fontsize=8.5, loc="outside right center")
    return figure


def row(name: str, outcome: Outcome) -> str:
    """Write a row of the table."""
    recipe = outcome.trial.recipe()
    network = build_network(recipe.network, 0, recipe.options)
    layers = summarize_network(network, SIDE, SIDE)
    mean = outcome.scores.mean()
    rate = outcome.steps * recipe.batch_size / outcome.seconds
    cells = [name, f"{layers['parameters'].sum():,}"]
    cells += [f"{layers['macs'].sum() / 1e6:.0f} M", f"{rate:,.0f}"]
    cells += [f"{outcome.steps:,}", f"{mean['psnr']:.2f}", f"{mean['ssim']:.4f}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Train every design, and print its row when it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--only", default="", help="a word in the names of the designs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", type=yaml.safe_load, default={})
    parser.add_argument("--out", type=Path, help="folder of scores and curves")
    parser.add_argument("--figure", type=Path, help="a .png")
    given = parser.parse_args()
    chosen = {name: DESIGNS[name] for name in DESIGNS if given.only in name}
    trials = [
        Trial(
            images=given.npz.resolve(),
            lane=lane,
            changes={**changes, **given.set},
            seed=given.seed,
            seconds=given.seconds,
            records=20,
        )
        for lane, changes in chosen.values()
    ]
    title = (
        f"{given.name}, validation images · noise of {VARIANCE} · {given.seconds:g} s "
        f"of training on one core, seed {given.seed}"
        + (f" · changes: {given.set}" if given.set else "")
    )
    print(
        f"{title}\n\n| design | parameters | MACs | images/s | steps | PSNR dB | SSIM |"
    )
    print("| --- " * 7 + "|")
    outcomes = {}
    cores = available_cores()
    timed = with_equal_time(trials, cores)
    for name, outcome in zip(chosen, run_side_by_side(timed, cores), strict=True):
        outcomes[name] = outcome
        print(row(name, outcome), flush=True)
        if given.out:
            given.out.mkdir(parents=True, exist_ok=True)
            stem = given.out / name.replace(" ", "-").replace("/", "_")
            outcome.scores.to_csv(f"{stem}-scores.csv", index=False)
            outcome.curve.to_csv(f"{stem}-curve.csv", index=False)
    if given.figure:
        curves = {name: outcome.curve for name, outcome in outcomes.items()}
        draw(curves, title).savefig(given.figure)


if __name__ == "__main__":
    main()
