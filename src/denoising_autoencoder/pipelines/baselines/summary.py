"""What the pipeline prints at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from denoising_autoencoder.evaluation.exact import HOW_IT_COUNTS, MEASURES, has_exact
from denoising_autoencoder.evaluation.words import exact_cells, number, p_value
from denoising_autoencoder.terminal.tables import new_table, note

if TYPE_CHECKING:
    import pandas as pd


def _baselines_table(baselines: pd.DataFrame) -> Group:
    first = baselines.iloc[0]
    exact = has_exact(baselines)
    beside = ["of mean\nMSE", "exact"] if exact else ["±"]
    table = new_table(["method", "PSNR dB", *beside, "SSIM", "±", "ms/image"])
    for _, row in baselines.iterrows():
        table.add_row(
            str(row["method"]),
            f"{row['psnr']:.2f}",
            *(exact_cells(row) if exact else [number(row["psnr_se"], 2)]),
            f"{row['ssim']:.3f}",
            number(row["ssim_se"], 3),
            number(row["ms_per_image"], 2),
        )
    return Group(
        f"Baselines · {first['images']}, {first['n_images']:,} test images",
        table,
        f"  {first['noise']}",
        f"  ± standard error: {first['standard_error']}; ms on one core of the CPU",
        *([note(HOW_IT_COUNTS)] if exact else []),
    )


def _pairs_table(pairs: pd.DataFrame) -> Group:
    """The pairs of the best network."""
    network = pairs.groupby("network")["difference"].min().idxmax()
    table = new_table(["method", "dB", "95 % from", "to", "p", "better on"])
    for _, row in pairs[pairs["network"] == network].iterrows():
        table.add_row(
            str(row["method"]),
            number(row["difference"], 2, sign="+"),
            number(row["low"], 2),
            number(row["high"], 2),
            p_value(row["p_value"]),
            number(100 * row["share_better"], 1, unit=" %"),
        )
    first = pairs.iloc[0]
    measure = MEASURES[first.get("measure", "psnr")]  # earlier releases lack it
    return Group(
        f"{network} minus each method, image by image: {measure} · {first['noise']}",
        table,
    )


TABLES = {
    "baselines": _baselines_table,
    "baselines_pairs": _pairs_table,
}
"""What renders each dataset that is printed."""
