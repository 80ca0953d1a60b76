"""What the pipeline prints at the end of a run."""

from __future__ import annotations

from typing import Any

from rich.console import Group

from denoising_autoencoder.pictures.reading import shown
from denoising_autoencoder.terminal.tables import new_table


def _pictures_table(record: Any) -> Group:
    table = new_table(["picture", "sigma", "strength", "model"])
    for name, entry in record["pictures"].items():
        table.add_row(
            shown(name),
            f"{entry['sigma']:.3g}{' (estimated)' if entry['sigma_estimated'] else ''}",
            f"{entry['strength']:g}",
            shown(entry["model"]),
        )
    return Group("Denoised pictures", table)


TABLES = {"denoised": _pictures_table}
"""What renders each dataset that is printed."""
