"""What the pipeline prints at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from denoising_autoencoder.evaluation.exact import HOW_IT_COUNTS, has_exact
from denoising_autoencoder.evaluation.rates import psnr_at
from denoising_autoencoder.evaluation.words import number, p_value
from denoising_autoencoder.pipelines.codes.rate_methods import LABELS, RATES
from denoising_autoencoder.terminal.tables import new_table, note

if TYPE_CHECKING:
    import pandas as pd


def _codes_table(scores: pd.DataFrame) -> Group:
    first = scores.iloc[0]
    columns = ["numbers", "input", "PCA dB", "code dB", "more", "95 % from", "to", "p"]
    table = new_table([*columns, "SSIM"])
    for _, both in scores.groupby("lane", sort=False):
        pca, code = (both[both["method"] == name].iloc[0] for name in ("pca", "code"))
        table.add_row(
            f"{code['code_size']:,}",
            "noisy" if code["noise_std"] else "clean",
            f"{pca['psnr']:.2f}",
            f"{code['psnr']:.2f}",
            number(code["minus_pca"], 2, sign="+"),
            number(code["low"], 2, sign="+"),
            number(code["high"], 2, sign="+"),
            p_value(code["p_value"]),
            f"{code['ssim']:.3f}",
        )
    noisy = scores[scores["noise_std"] > 0]
    return Group(
        f"Codes · {first['images']}, {first['n_images']:,} test images",
        table,
        *([f"  noisy: {noisy['noise'].iloc[0]}"] if len(noisy) else []),
        *([note(HOW_IT_COUNTS)] if has_exact(scores) else []),
    )


def _rates_table(rates: pd.DataFrame) -> Group:
    first = rates.iloc[0]
    table = new_table(["bits per pixel", *(f"{rate:g}" for rate in RATES)])
    for method, points in rates.groupby("method", sort=False):
        curve = points["bits_per_pixel"].to_numpy(), points["psnr"].to_numpy()
        cells = (number(psnr_at(rate, *curve), 2) for rate in RATES)
        table.add_row(f"{LABELS[str(method)]}, dB", *cells)
    return Group(
        f"Quality against size · {first['images']}, {first['n_images']:,} test images",
        table,
        note("Without the headers of JPEG and WebP. -: no setting has so few or many."),
    )


def _probe_table(probe: pd.DataFrame) -> Group:
    if probe.empty:
        return Group("Linear probe · none: it needs images with several labels")
    table = new_table(["numbers", "PCA", "code", "more", "95 % from", "to", "p"])
    for _, both in probe.groupby("lane", sort=False):
        pca, code = (both[both["method"] == name].iloc[0] for name in ("pca", "code"))
        table.add_row(
            f"{code['code_size']:,.0f}",
            *(f"{row['accuracy']:.3f}" for row in (pca, code)),
            *(number(code[name], 3, sign="+") for name in ("minus_pca", "low", "high")),
            p_value(code["p_value"]),
        )
    count = probe["n_images"].iloc[0]
    return Group(
        f"Linear probe · share of {count:,.0f} test labels that it finds", table
    )


TABLES = {
    "code_scores": _codes_table,
    "code_rates": _rates_table,
    "code_probe": _probe_table,
}
"""What renders each dataset that is printed."""
