"""What is set side by side: the noisy input, tuned filters, networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.pipelines.baselines.denoising import Job
from denoising_autoencoder.pipelines.baselines.options import read_options

NOISY = "noisy_input"
"""The row of the input as it is."""

ENSEMBLE = "_x8"
"""Ends the name of a network that is asked eight times (`trainer.self_ensemble`)."""


def best_of(tuning: pd.DataFrame) -> pd.DataFrame:
    """The row with the highest mean PSNR of each method; of equals, the first.

    Args:
        tuning: The table of `tune_filters`.
    """
    best = tuning.groupby("method", sort=False)["psnr"].idxmax()
    return tuning.loc[best].reset_index(drop=True)


def tuned_filters(tuning: pd.DataFrame) -> list[Job]:
    """Each filter with the options that were best.

    Args:
        tuning: The table of `tune_filters`.
    """
    return [
        (row["method"], read_options(row["parameters"]))
        for _, row in best_of(tuning).iterrows()
    ]


def networks(models: dict[str, Model], ensemble: bool) -> Iterator[tuple[str, Any]]:
    """The network of each lane, and what it gives when it is asked eight times.

    Args:
        models: By lane.
        ensemble: Whether the second is wanted.

    Yields:
        Name and denoiser.
    """
    from denoising_autoencoder.denoisers.network import trained_denoiser
    from denoising_autoencoder.denoisers.self_ensemble import self_ensemble

    for lane, model in models.items():
        network = trained_denoiser(model, "cpu")
        yield lane, network
        if ensemble:
            yield f"{lane}{ENSEMBLE}", self_ensemble(network)
