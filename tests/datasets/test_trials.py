from __future__ import annotations

from pathlib import Path

import pandas as pd

from denoising_autoencoder.datasets.trials import TrialsDataset


def test_columns_that_only_the_run_knows_come_back_as_they_were(tmp_path: Path):
    table = pd.DataFrame(
        {
            "trial": [0, 1, 2],
            "state": ["complete", "pruned", "failed"],
            "learning_rate": [0.1 + 0.2, 1e-300, 2.0],
            "batch_size": [4, 8, 16],
            "muon_colors": [True, False, True],
            "loss": ["mse", "l1", "psnr"],
            "options.widths": ["[4, 8]", "[4, 8, 16]", "[24]"],
            "noisy_inputs": [None, 8.0, None],
            "mean": [24.5, float("nan"), float("nan")],
            "reason": ["", "", "the loss, at 3: nan"],
        }
    )
    path = str(tmp_path / "trials.csv")

    for part in (table, table[:2]):  # no trial has failed
        TrialsDataset(filepath=path, text=["state", "reason"]).save(part)
        loaded = TrialsDataset(filepath=path, text=["state", "reason"]).load()

        pd.testing.assert_frame_equal(loaded, part, check_exact=True)
