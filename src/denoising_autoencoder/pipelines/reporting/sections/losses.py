"""The losses at the start and at the end of each training."""

from __future__ import annotations

from denoising_autoencoder.page import Section, Table
from denoising_autoencoder.pipelines.reporting.results import Results

_COLUMNS = (
    *("model", "training, first", "last", "validation, first", "last", "test", "gap"),
)


def section(results: Results) -> Section:
    """First and last losses, and the gap to the test loss."""
    titles = results.titles()
    rows = [
        [
            titles[row["model"]],
            *(f"{row[f'training_mse_{when}']:.4f}" for when in ("first", "last")),
            *(f"{row[f'validation_mse_{when}']:.4f}" for when in ("first", "last")),
            f"{row['test_mse']:.4f}",
            f"{row['gap']:+.4f}",
        ]
        for _, row in results.datasets["losses"].iterrows()
    ]
    gap = "The gap is test minus last training loss; near 0 means no overfitting."
    table = Table("Mean squared error", _COLUMNS, rows)
    return Section("losses", "Losses", [gap], [table])
