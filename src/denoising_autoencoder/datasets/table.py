"""A table in a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from kedro_datasets._typing import TablePreview
from pandas.api.types import infer_dtype

from denoising_autoencoder.artifacts.cells import escape, unescape
from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.datasets.one_file import OneFileDataset


class TableDataset(OneFileDataset[pd.DataFrame, pd.DataFrame]):
    """A data frame of numbers and text as CSV: what is loaded equals what was saved.

    A reader of CSV has to guess what is text: a name such as NA or 2024 would come back
    as a missing value or a number. Here the catalog says it. Integers come back as
    int64 and other numbers as float64, which CSV does not tell from narrower ones. The
    columns of a table without rows are float64, but for those of text.

    Args:
        filepath: Path of the file.
        text: Names of the columns that hold text.
        metadata: Anything; kedro-viz reads its own key.

    Example:
        ```yaml
        sigma_scores:
          type: denoising_autoencoder.datasets.atomic.AtomicDataset
          filepath: data/08_reporting/sigma_scores.csv
          versioned: true
          dataset:
            type: denoising_autoencoder.datasets.table.TableDataset
            text: [model]
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        text: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._text = list(text)

    def load(self) -> pd.DataFrame:
        """Read the table.

        Raises:
            DatasetFileError: The file cannot be read, is not CSV, lacks a column of
                text, or has text in another column.
        """
        with self.reading("a table of this project"):
            table = pd.read_csv(
                self._filepath,
                dtype=dict.fromkeys(self._text, str),
                keep_default_na=False,
                na_values=[""],
            )
            if not isinstance(table.index, pd.RangeIndex):
                raise ValueError("Rows have more cells than there are columns.")
            for name in self._text:
                column = table[name]
                table[name] = _map(column, unescape).astype(column.dtype)
            for name in table.columns.difference(self._text):
                if table.empty or table[name].dtype.kind not in "biuf":
                    table[name] = table[name].astype("float64")
            return table

    def content(self, data: pd.DataFrame) -> Parts:
        """The table in UTF-8, without its index.

        Raises:
            ValueError: A column holds text (or anything but numbers), but is not named
                in `text`; or the other way round.
            KeyError: A column of text is missing.
        """
        for name, column in data.items():
            if not _fits(column, text=name in self._text):
                raise ValueError(
                    f"The column {name} is {column.dtype}, but the catalog lists "
                    f"{self._text} as the columns of text: correct the list."
                )
        cells = data.copy()
        for name in self._text:
            cells[name] = _map(data[name], escape)
        written = cells.to_csv(index=False, lineterminator="\n")
        if "\r" in written:  # it would end a line, unless all is in quotes
            written = cells.to_csv(
                index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC
            )
        return [written.encode()]

    def preview(self, nrows: int = 5) -> TablePreview:
        """The first rows, for kedro-viz.

        Args:
            nrows: Largest number of rows.
        """
        return TablePreview(self.load().head(nrows).to_dict(orient="split"))


def _fits(column: pd.Series, *, text: bool) -> bool:
    """Whether a column holds text and missing values, or else numbers."""
    if text:
        return infer_dtype(column, skipna=True) in ("string", "empty")
    return column.empty or column.dtype.kind in "biuf"


def _map(column: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Change each text of a column; most columns repeat a few."""
    return column.map({text: change(text) for text in column.dropna().unique()})
