"""Classical filters and networks at both noise levels, on the same images.

    .venv/bin/python benchmarks/baselines.py IMAGES.npz [--name NAME] [--keep FOLDER]
        [--denoise dae.steps=20000] [--baselines baselines.test_images=100]
        [--csv FILE]

For each noise level it runs `kedro run --pipelines=denoise` and then
`--pipelines=baselines`, with artifacts in a temporary folder or in `--keep`. The last
column is the paired difference with its interval of 95 % and the p-value. `--denoise`
and `--baselines` add parameters to either run. The tables are Markdown; `--csv x.csv`
writes x_variance.csv and x_std.csv as docs/results/ has them.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import pandas as pd
from runs import NOISE, in_words, read_newest, run_pipeline
from table import Table

NETWORK = "resunet"
COLUMNS = ("method", "options", "PSNR dB", "SSIM", "ms/image", "ResUNet minus it, dB")


def measure(
    data: Path, denoise: str, baselines: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and judge.

    Returns:
        The table of the baselines, and that of the paired tests.
    """
    run_pipeline("denoise", f"data_root={data},{denoise}")
    run_pipeline("baselines", f"data_root={data}{baselines and ','}{baselines}")
    table = read_newest(data, "08_reporting/baselines.csv")
    return table, read_newest(data, "08_reporting/baselines_pairs.csv")


def with_error(value: float, error: float, digits: int) -> str:
    """Write a mean, with its standard error if it is known."""
    text = f"{value:.{digits}f}"
    return text if math.isnan(error) else f"{text} ± {error:.{digits}f}"


def ahead(method: str, pairs: pd.DataFrame) -> str:
    """Write how much better the network is than a method, or nothing."""
    row = pairs[pairs["method"] == method]
    if row.empty:
        return ""
    return in_words(*row.iloc[0][["difference", "low", "high", "p_value"]])


def cells(row: pd.Series, pairs: pd.DataFrame) -> list[str]:
    """Write a row of the table."""
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
    parser.add_argument(
        "--baselines", default="", help="further parameters of baselines"
    )
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--keep", type=Path, help="folder of all artifacts")
    given = parser.parse_args()
    images = f"images.source=npz,images.path={given.npz.resolve()}"
    images += f",images.name={given.name}"
    with tempfile.TemporaryDirectory() as temporary:
        root = given.keep.resolve() if given.keep else Path(temporary)
        for noise, std in NOISE.items():
            denoise = f"{images},noise.std={std}{given.denoise and ','}{given.denoise}"
            rows, pairs = measure(
                root / noise.replace(" ", "_"), denoise, given.baselines
            )
            first = rows.iloc[0]
            print(f"{first['images']}, {first['n_images']} images. {first['noise']}.\n")
            table = Table(*COLUMNS)
            ours = pairs[pairs["network"] == NETWORK]
            for _, row in rows.iterrows():
                table.add(cells(row, ours))
            print()
            if given.csv:
                table.save(given.csv.with_stem(f"{given.csv.stem}_{noise.split()[0]}"))


if __name__ == "__main__":
    main()
