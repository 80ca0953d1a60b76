"""Classical filters and networks at both noise levels, on the same images.

    .venv/bin/python benchmarks/baselines.py IMAGES.npz [--name NAME] [--keep FOLDER]

For each noise level `kedro run --pipelines=denoise` and then `--pipelines=baselines`,
with artifacts in a temporary folder, or in one that is kept; the tables are Markdown.
The last column is the paired difference with its interval of 95 % and the p-value.
Further parameters of either run: `--denoise dae.steps=20000`, `--baselines
baselines.test_images=100`.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import pandas as pd
from runs import NOISE, in_words, read_newest, run_pipeline

NETWORK = "resunet"


def measure(
    data: Path, denoise: str, baselines: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and judge; the table of the baselines, and that of the paired tests."""
    run_pipeline("denoise", f"data_root={data},{denoise}")
    run_pipeline("baselines", f"data_root={data}{baselines and ','}{baselines}")
    table = read_newest(data, "08_reporting/baselines.csv")
    return table, read_newest(data, "08_reporting/baselines_pairs.csv")


def with_error(value: float, error: float, digits: int) -> str:
    """A mean, and its standard error where there is one."""
    text = f"{value:.{digits}f}"
    return text if math.isnan(error) else f"{text} ± {error:.{digits}f}"


def ahead(method: str, pairs: pd.DataFrame) -> str:
    """By how much a network is better than a method: interval of 95 %, and p."""
    row = pairs[pairs["method"] == method]
    if row.empty:
        return ""
    return in_words(*row.iloc[0][["difference", "low", "high", "p_value"]])


def cells(row: pd.Series, pairs: pd.DataFrame) -> list[str]:
    """A row of the table, as text."""
    milliseconds = row["ms_per_image"]
    return [
        row["method"],
        row["parameters"],
        with_error(row["psnr"], row["psnr_se"], 2),
        with_error(row["ssim"], row["ssim_se"], 3),
        "-" if math.isnan(milliseconds) else f"{milliseconds:.3g}",
        ahead(row["method"], pairs),
    ]


def main() -> None:
    """Measure at every noise level, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--denoise", default="", help="further parameters of denoise")
    parser.add_argument("--baselines", default="", help="and of baselines")
    parser.add_argument("--keep", type=Path, help="folder of all artifacts")
    given = parser.parse_args()
    images = f"images.source=npz,images.path={given.npz.resolve()}"
    images += f",images.name={given.name}"
    with tempfile.TemporaryDirectory() as temporary:
        root = given.keep.resolve() if given.keep else Path(temporary)
        for noise, std in NOISE.items():
            denoise = f"{images},noise.std={std}{given.denoise and ','}{given.denoise}"
            table, pairs = measure(
                root / noise.replace(" ", "_"), denoise, given.baselines
            )
            first = table.iloc[0]
            print(f"{first['images']}, {first['n_images']} images. {first['noise']}.\n")
            print(
                "| method | parameters | PSNR dB | SSIM | ms/image "
                f"| {NETWORK} minus it, dB |"
            )
            print("| --- | --- | --- | --- | --- | --- |")
            for _, row in table.iterrows():
                ours = pairs[pairs["network"] == NETWORK]
                print(f"| {' | '.join(cells(row, ours))} |")
            print(flush=True)


if __name__ == "__main__":
    main()
