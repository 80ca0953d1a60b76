"""A table with columns that only the run knows."""

from __future__ import annotations

import pandas as pd
from pandas.api.types import infer_dtype

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.datasets.table import TableDataset


class TrialsDataset(TableDataset):
    """A row for each trial of a search; which parameters it tunes, the run says.

    A column is text if one of its cells is, and `text` names those that always are.
    """

    def load(self) -> pd.DataFrame:
        """Read the table; see `TableDataset.load`."""
        with self.reading("a table of this project"):
            cells = pd.read_csv(self._filepath, keep_default_na=False, na_values=[""])
        self._text = self._of_text(cells)
        return super().load()

    def content(self, data: pd.DataFrame) -> Parts:
        """The table in UTF-8, without its index; see `TableDataset.content`."""
        self._text = self._of_text(data)
        return super().content(data)

    def _of_text(self, table: pd.DataFrame) -> list[str]:
        found = (str(name) for name in table if infer_dtype(table[name]) == "string")
        return list(dict.fromkeys([*self._text, *found]))
