"""What the pipeline prints at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from denoising_autoencoder.evaluation.exact import HOW_IT_COUNTS
from denoising_autoencoder.evaluation.words import number, p_value
from denoising_autoencoder.terminal.tables import new_table, note

if TYPE_CHECKING:
    import pandas as pd

_NAMES = {"psnr": "PSNR", "psnr_of_mean_mse": "PSNR of mean MSE", "ssim": "SSIM"}


def _differing_table(parameters: pd.DataFrame) -> Group:
    if parameters.empty:
        return Group("The two runs have the same parameters.")
    table = new_table(["parameter", "a", "b"])
    for _, row in parameters.iterrows():
        table.add_row(str(row["parameter"]), str(row["a"]), str(row["b"]))
    return Group("Parameters that differ", table)


def _compared_table(scores: pd.DataFrame) -> Group:
    first = scores.iloc[0]
    table = new_table(["", "a", "b", "b - a", "95 % from", "to", "p", "better on"])
    for _, row in scores.iterrows():
        digits = 4 if row["metric"] == "ssim" else 2
        table.add_row(
            _NAMES[row["metric"]],
            f"{row['a']:.{digits}f}",
            f"{row['b']:.{digits}f}",
            number(row["difference"], digits, sign="+"),
            number(row["low"], digits),
            number(row["high"], digits),
            p_value(row["p_value"]),
            number(100 * row["share_better"], 1, unit=" %"),
        )
    noise = first["noise_a"], first["noise_b"]
    inputs = f"noise of std {_both(*noise)}" if any(noise) else "clean inputs"
    exact = first["n_exact_a"], first["n_exact_b"]
    return Group(
        f"{first['lane']}, a: {first['version_a']}, b: {first['version_b']}, "
        f"{first['n_images']:,} test images",
        table,
        f"  {first['images']}, {inputs}",
        *(
            [note(f"Exact images: {_both(*exact)}. {HOW_IT_COUNTS}")]
            if any(exact)
            else []
        ),
    )


def _both(a: float, b: float) -> str:
    return f"{a:.4g}" if a == b else f"{a:.4g} (a) and {b:.4g} (b)"


TABLES = {
    "compared_parameters": _differing_table,
    "compared_scores": _compared_table,
}
"""What renders each dataset that is printed."""
