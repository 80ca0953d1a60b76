"""Our recipe and the course report's, at both noise levels, on the same images.

    .venv/bin/python benchmarks/recipes.py IMAGES.npz [--name NAME] [--seeds N]
        [--csv FILE]

Each combination is one `kedro run` in its own process, with artifacts in a temporary
folder. Seconds are those of the training loops with their validation. The tables are
Markdown, followed by the paired differences of the two recipes; `--csv x.csv` writes
x_variance.csv, x_std.csv and x_clean.csv (the AE, which removes no noise) as
docs/results/ has them.
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

RECIPES = {"default recipe": "local", "`--env=report`": "report"}
LANES = ("ae", "dae")
COLUMNS = ("model", "MSE", "PSNR dB", "SSIM", "training s")
CITED = ["DAE, the report's own numbers", ".016", "24.48", ".889", ""]
"""At std 0.1, from the course report; the report gives none at variance 0.1."""


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


def cells(name: str, row: pd.Series) -> list[str]:
    """Write a row of the table."""
    seconds = "" if math.isnan(row["seconds"]) else f"{row['seconds']:.0f}"
    return [
        name,
        f"{row['mse']:.4f}",
        f"{row['psnr']:.2f}",
        f"{row['ssim']:.3f}",
        seconds,
    ]


def tabulate(runs: dict[tuple[str, int], Measured], model: str) -> Table:
    """Print the row of one model for every recipe and seed.

    Args:
        runs: The results at one noise level, by recipe and seed.
        model: Name in the column "model" of the metrics; "dae" is printed below the
            untouched input.
    """
    table = Table(*COLUMNS)
    for number, ((recipe, seed), run) in enumerate(runs.items()):
        rows = run.metrics.set_index("model")
        if model == "dae" and number == 0:
            table.add(cells("noisy input, untouched", rows.loc["noisy_input"]))
        name = f"{model.upper()}, {recipe}" + (f", seed {seed}" if seed else "")
        table.add(cells(name, rows.loc[model]))
    return table


def main() -> None:
    """Measure every recipe at every noise level, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    images = f"images.source=npz,images.path={given.npz.resolve()}"
    images += f",images.name={given.name}"
    measured = {}
    tables = {}
    for noise, std in NOISE.items():
        runs = measured[noise] = {
            (recipe, seed): measure(images, std, environment, seed)
            for recipe, environment in RECIPES.items()
            for seed in range(given.seeds)
        }
        print(f"\nNoise of {noise}:\n")
        tables[noise.split()[0]] = tabulate(runs, "dae")
    tables["std"].cite(CITED, "the course report")
    print("\nClean inputs:\n")
    tables["clean"] = tabulate(runs, "ae")
    if given.csv:
        for name, table in tables.items():
            table.save(given.csv.with_stem(f"{given.csv.stem}_{name}"))
    ours, report = RECIPES
    print("\nOurs minus the report's, dB, image by image:\n")
    for noise, runs in measured.items():
        for seed in range(given.seeds):
            for lane in LANES:
                both = (runs[recipe, seed].scores[lane] for recipe in (ours, report))
                print(f"- {lane}, {noise}, seed {seed}: {compare(*both)}")


if __name__ == "__main__":
    main()
