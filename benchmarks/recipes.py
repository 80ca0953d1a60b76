"""Our recipe and the course report's, at both noise levels, on the same images.

    .venv/bin/python benchmarks/recipes.py IMAGES.npz [--name NAME] [--seeds N]

Each row is one `kedro run` in a process of its own, with artifacts in a temporary
folder; the table is Markdown. Seconds are those of the training loops, validation
included.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

PROJECT = Path(__file__).parent.parent
NOISE = {"variance 0.1": 0.31623, "std 0.1": 0.1}
RECIPES = {"ours": "local", "the report's": "report"}


def newest(data: Path, artifact: str) -> Path:
    """The file of the newest version of an artifact."""
    return max((data / artifact).iterdir()) / Path(artifact).name


def measure(images: str, std: float, environment: str, seed: int) -> list[dict]:
    """Run the pipeline once; a row for each model, and one for the noisy input."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        parameters = f"{images},noise.std={std},ae.seed={seed},dae.seed={seed}"
        subprocess.run(
            [
                str(Path(sys.executable).with_name("kedro")),
                *("run", "--pipelines=report_lanes", f"--env={environment}"),
                f"--params=data_root={data},{parameters}",
            ],
            cwd=PROJECT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        rows = pd.read_csv(newest(data, "08_reporting/metrics.csv"))
        for lane in ("ae", "dae"):
            timing = pd.read_csv(newest(data, f"06_models/{lane}/timing.csv"))
            seconds = timing["seconds"].iloc[-1]
            rows.loc[rows["model"] == lane, "seconds"] = seconds
    return rows.to_dict("records")


def main() -> None:
    """Measure every recipe at every noise level, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    images = f"images.source=npz,images.path={given.npz.resolve()}"
    images += f",images.name={given.name}"
    print("| noise | recipe | seed | model | MSE | PSNR dB | SSIM | s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for noise, std in NOISE.items():
        for recipe, environment in RECIPES.items():
            for seed in range(given.seeds):
                for row in measure(images, std, environment, seed):
                    cells = [noise, recipe, str(seed), row["model"]]
                    cells += [f"{row['mse']:.4f}", f"{row['psnr']:.2f}"]
                    trained = not math.isnan(row["seconds"])
                    cells += [f"{row['ssim']:.3f}"]
                    cells += [f"{row['seconds']:.0f}" if trained else "-"]
                    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
