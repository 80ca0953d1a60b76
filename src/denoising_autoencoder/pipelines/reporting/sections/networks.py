"""The networks, layer by layer."""

from __future__ import annotations

from denoising_autoencoder.page import Section, Table
from denoising_autoencoder.pipelines.reporting.results import Results

_COLUMNS = ("layer", "operation", "output", "parameters", "MACs", "field, px")


def section(results: Results) -> Section:
    """A table for each network."""
    titles = results.titles()
    architectures = results.datasets["architectures"]
    tables = []
    for name, table in architectures.groupby("model", sort=False):
        rows = [
            [
                str(row["layer"]),
                str(row["operation"]),
                str(row["output"]),
                f"{row['parameters']:,}",
                f"{row['macs']:,}",
                f"{row['receptive_field']:g}",
            ]
            for _, row in table.iterrows()
        ]
        caption = (
            f"{titles[str(name)]}: {table['parameters'].sum():,} parameters, "
            f"{table['macs'].sum() / 1e6:,.1f} million multiply-accumulates per image"
        )
        tables.append(Table(caption, _COLUMNS, rows, names=3))
    return Section("networks", "Networks", tables=tables)
