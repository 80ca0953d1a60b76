"""Our recipe and the course report's, at both noise levels, on the same images.

    .venv/bin/python benchmarks/recipes.py IMAGES.npz [--name NAME] [--seeds N]
        [--csv FILE]

Each combination is one `kedro run` in its own process, with artifacts in a temporary
folder. Seconds are those of the training loops with their validation. The table is
Markdown, followed by the paired differences of the two recipes; `--csv` writes it too.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from runs import NOISE, in_words, read_newest, run_pipeline
from table import Table

from denoising_autoencoder.evaluation.paired import paired_difference

OURS, REPORT = "ours", "the report's"
RECIPES = {OURS: "local", REPORT: "report"}
LANES = ("ae", "dae")


@dataclass(frozen=True)
class Measured:
    """Results of one run.

    Attributes:
        metrics: A row for each model and one for the noisy input.
        scores: The scores of each image, by lane.
    """

    metrics: pd.DataFrame
    scores: dict[str, pd.DataFrame]


def measure(images: str, std: float, environment: str, seed: int) -> Measured:
    """Run the pipeline once."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        parameters = f"{images},noise.std={std},ae.seed={seed},dae.seed={seed}"
        run_pipeline("report_lanes", f"data_root={data},{parameters}", environment)
        metrics = read_newest(data, "08_reporting/metrics.csv")
        scores = {}
        for lane in LANES:
            timing = read_newest(data, f"06_models/{lane}/timing.csv")
            seconds = timing["seconds"].iloc[-1]
            metrics.loc[metrics["model"] == lane, "seconds"] = seconds
            scores[lane] = read_newest(data, f"07_model_output/{lane}/scores.csv")
    return Measured(metrics, scores)


def compare(ours: pd.DataFrame, report: pd.DataFrame) -> str:
    """Write the mean difference in dB, image by image."""
    photographs = ours["photograph"].to_numpy()
    psnr = (table["psnr"].to_numpy() for table in (ours, report))
    found = paired_difference(*psnr, photographs)
    return in_words(found.difference, found.low, found.high, found.p_value)


def main() -> None:
    """Measure every recipe at every noise level, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    images = f"images.source=npz,images.path={given.npz.resolve()}"
    images += f",images.name={given.name}"
    names = ("noise", "recipe", "seed", "model", "MSE", "PSNR dB", "SSIM", "s")
    table = Table(*names)
    measured = {}
    for noise, std in NOISE.items():
        for recipe, environment in RECIPES.items():
            for seed in range(given.seeds):
                run = measure(images, std, environment, seed)
                measured[noise, recipe, seed] = run
                for _, row in run.metrics.iterrows():
                    cells = [noise, recipe, str(seed), row["model"]]
                    cells += [f"{row['mse']:.4f}", f"{row['psnr']:.2f}"]
                    trained = not math.isnan(row["seconds"])
                    cells += [f"{row['ssim']:.3f}"]
                    cells += [f"{row['seconds']:.0f}" if trained else "-"]
                    table.add(cells)
    if given.csv:
        table.save(given.csv)
    print("\nOurs minus the report's, dB, image by image:\n")
    for noise in NOISE:
        for seed in range(given.seeds):
            for lane in LANES:
                tables = (
                    measured[noise, recipe, seed].scores[lane] for recipe in RECIPES
                )
                print(f"- {lane}, {noise}, seed {seed}: {compare(*tables)}")


if __name__ == "__main__":
    main()
