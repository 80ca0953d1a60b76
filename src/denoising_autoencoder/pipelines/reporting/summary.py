"""What the pipeline prints at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from denoising_autoencoder.evaluation.exact import HOW_IT_COUNTS, has_exact
from denoising_autoencoder.evaluation.words import (
    CODE_NOTE,
    TFLOP_NOTE,
    code_cell,
    exact_cells,
    number,
    tflop_cell,
)
from denoising_autoencoder.pipelines.reporting.results import leak_in_words
from denoising_autoencoder.terminal.tables import new_table, note

if TYPE_CHECKING:
    import pandas as pd


def _metrics_table(metrics: pd.DataFrame) -> Group:
    first = metrics.iloc[0]
    exact = has_exact(metrics)
    beside = ["of mean\nMSE", "exact"] if exact else ["±"]
    # An earlier release lacks them, and with exact images 80 columns are too few.
    code = ["code"] if "code_size" in metrics and not exact else []
    work = ["TFLOP"] if "tflop" in metrics and not exact else []
    columns = ["noise\nstd", "MSE", "PSNR\ndB", *beside, "SSIM", "±"]
    table = new_table(["model", *code, *columns, *work])
    for _, row in metrics.iterrows():
        table.add_row(
            str(row["model"]),
            *([code_cell(row)] if code else []),
            f"{row['noise_std']:.4g}",
            f"{row['mse']:.4f}",
            f"{row['psnr']:.2f}",
            *(exact_cells(row) if exact else [number(row["psnr_se"], 2)]),
            f"{row['ssim']:.3f}",
            number(row["ssim_se"], 3),
            *([tflop_cell(row)] if work else []),
        )
    # Models with noisy inputs come last.
    noise = metrics["noise"].iloc[-1]
    return Group(
        f"Test metrics · {first['images']}, {first['n_images']:,} images",
        table,
        f"  {noise}",
        f"  ± standard error: {first['standard_error']}",
        *([f"  {CODE_NOTE}"] if code else []),
        *([f"  {TFLOP_NOTE}"] if work else []),
        *(f"  {sentence}" for sentence in leak_in_words(metrics)),
        *([note(HOW_IT_COUNTS)] if exact else []),
    )


def _losses_table(losses: pd.DataFrame) -> Group:
    table = new_table(["model", "training", "validation", "test", "gap"])
    for _, row in losses.iterrows():
        table.add_row(
            str(row["model"]),
            f"{row['training_mse_first']:.3f} -> {row['training_mse_last']:.4f}",
            f"{row['validation_mse_first']:.3f} -> {row['validation_mse_last']:.4f}",
            f"{row['test_mse']:.4f}",
            f"{row['gap']:+.4f}",
        )
    return Group(
        "MSE loss at the first and the last record",
        table,
        "  training: mean over the steps since the record before",
        "  gap: test minus last training loss; near 0 means no overfitting",
    )


def _comparison_table(comparison: pd.DataFrame) -> Group:
    title = f"Comparison with the course report · {comparison['note'].iloc[0]}"
    if comparison["report"].isna().all():
        return Group(title)
    table = new_table(["model", "figure", "report", "this run"])
    for _, row in comparison.iterrows():
        table.add_row(
            str(row["model"]),
            str(row["figure"]),
            f"{row['report']:g}",
            f"{row['this_run']:.4g}",
        )
    return Group(title, table)


TABLES = {
    "metrics": _metrics_table,
    "losses": _losses_table,
    "course_report_comparison": _comparison_table,
}
"""How each dataset is printed, in this order."""
