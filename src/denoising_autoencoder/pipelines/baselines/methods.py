"""The methods that are compared: the noisy input, filters, networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.evaluation.exact import ranking
from denoising_autoencoder.pipelines.baselines.denoising import Job
from denoising_autoencoder.pipelines.baselines.options import read_options

NOISY = "noisy_input"
"""Name of the untouched input."""

WIENER = "wiener"
"""Name of the linear denoiser that is learned from training images."""

WienerMaps = npt.NDArray[np.float32]
"""What it has learned: `denoisers.wiener.Maps`, whose module imports PyTorch."""

FILTER_NAMES = (*FILTERS, WIENER)
"""All methods that are filters."""

ENSEMBLE = "_x8"
"""Suffix of a network's name for its self-ensemble of eight passes."""


def best_of(tuning: pd.DataFrame) -> pd.DataFrame:
    """The best row of each method by `exact.ranking`; the first of equal ones.

    Args:
        tuning: The table of `tune_filters`.
    """
    best = tuning.groupby("method", sort=False)[ranking(tuning)].idxmax()
    return tuning.loc[best].reset_index(drop=True)


def tuned_filters(tuning: pd.DataFrame) -> list[Job]:
    """Each filter with its best options.

    Args:
        tuning: The table of `tune_filters`.
    """
    return [
        (row["method"], read_options(row["parameters"]))
        for _, row in best_of(tuning).iterrows()
    ]


def networks(models: dict[str, Model], ensemble: bool) -> Iterator[tuple[str, Any]]:
    """The network of each lane, and its self-ensemble.

    Args:
        models: Models by lane.
        ensemble: Whether to yield the self-ensembles too.

    Yields:
        Name and denoiser, which computes on the CPU.
    """
    from denoising_autoencoder.denoisers.network import trained_denoiser
    from denoising_autoencoder.denoisers.self_ensemble import self_ensemble

    for lane, model in models.items():
        network = trained_denoiser(model, "cpu")
        yield lane, network
        if ensemble:
            yield f"{lane}{ENSEMBLE}", self_ensemble(network)
