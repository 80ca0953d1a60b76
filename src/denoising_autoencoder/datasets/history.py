"""The loss history of a training: a table, which kedro-viz draws as curves."""

from __future__ import annotations

from kedro_datasets._typing import PlotlyPreview

from denoising_autoencoder.datasets.table import TableDataset

_DASHES = {"training": "dot", "validation": "solid"}


class HistoryDataset(TableDataset):
    """A loss history as CSV: columns step, split, mse and others."""

    def preview(self) -> PlotlyPreview:  # type: ignore[override]
        """Both losses against the step, on a logarithmic axis, for kedro-viz.

        Returns:
            A figure of Plotly in plain values.
        """
        history = self.load()
        curves = []
        for split, rows in history.groupby("split", sort=False):
            curve = {
                "type": "scatter",
                "mode": "lines+markers",
                "name": str(split),
                "x": rows["step"].tolist(),
                "y": rows["mse"].tolist(),
                "line": {"dash": _DASHES.get(str(split), "dash")},
            }
            curves.append(curve)
        layout = {
            "xaxis": {"title": {"text": "step"}},
            "yaxis": {"title": {"text": "MSE, images in [-1, 1]"}, "type": "log"},
        }
        return PlotlyPreview({"data": curves, "layout": layout})
