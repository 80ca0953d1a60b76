"""Bits and labels of the newest run of the pipeline `codes`, as docs/results/ has them.

    .venv/bin/kedro run --pipelines=codes --params=data_root=FOLDER,...
    .venv/bin/python benchmarks/code_rates.py FOLDER [--csv FILE]

The first table has the PSNR of each method at some bits per pixel, the second the share
of the test labels that a linear classifier finds. `--csv x.csv` writes x.csv and
x_probe.csv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from runs import in_words, read_newest
from table import Table

from denoising_autoencoder.evaluation.rates import psnr_at
from denoising_autoencoder.pipelines.codes.rate_methods import LABELS

RATES = (0.1, 0.25, 0.5, 1, 2, 5)


def tabulate_rates(rates: pd.DataFrame) -> Table:
    """Print a row for each method."""
    table = Table("method", *(f"{rate:g}" for rate in RATES), "headers, bits per pixel")
    for method, points in rates.groupby("method", sort=False):
        curve = points["bits_per_pixel"].to_numpy(), points["psnr"].to_numpy()
        psnr = [psnr_at(rate, *curve) for rate in RATES]
        header = points["header_bits_per_pixel"].mean()
        cells = ["-" if value != value else f"{value:.2f}" for value in psnr]
        table.add([LABELS[str(method)], *cells, f"{header:.2f}"])
    return table


def tabulate_probe(probe: pd.DataFrame) -> Table:
    """Print a row for each size of the code."""
    table = Table("numbers", "PCA", "code", "more")
    for size, both in probe.groupby("code_size"):
        rows = both.set_index("method")
        code = rows.loc["code"]
        more = in_words(*(code[n] for n in ("minus_pca", "low", "high", "p_value")), 3)
        found = [f"{rows.loc[name, 'accuracy']:.3f}" for name in ("pca", "code")]
        table.add([f"{size:.0f}", *found, more])
    return table


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    rates = tabulate_rates(read_newest(given.data, "08_reporting/code_rates.csv"))
    probe = tabulate_probe(read_newest(given.data, "08_reporting/code_probe.csv"))
    if given.csv:
        rates.save(given.csv)
        probe.save(given.csv.with_stem(f"{given.csv.stem}_probe"))


if __name__ == "__main__":
    main()
