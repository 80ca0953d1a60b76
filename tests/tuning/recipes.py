"""A lane's recipe for the tests of the tuning."""

from __future__ import annotations

from typing import Any

from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters

OWN = {
    "title": "DAE",
    "network": "report",
    "options": {},
    "steps": 40,
    "batch_size": 16,
    "optimizer": "muon",
    "learning_rate": 0.02,
    "schedule": "linear",
    "weight_decay": 0.01,
    "loss": "psnr",
    "momentum": 0.9,
    "validation_interval": 10,
    "checkpoint_seconds": 30.0,
    "seed": 0,
    "device": "cpu",
    "threads": 1,
}

TUNING = {
    "lane": "dae",
    "folds": 3,
    "trials": 6,
    "seconds": None,
    "steps": 8,
    "equal_work": True,
    "objective": "psnr",
    "pruner": "median",
    "seed": 0,
    "workers": 1,
    "storage": None,
    "space": {
        "learning_rate": {"low": 0.001, "high": 0.1, "log": True},
        "batch_size": {"choices": [4, 16]},
        "options": {"width": {"low": 4, "high": 16}},
    },
    "confirm": {"best": 1, "repeats": 1},
    "judge": {"seeds": 2},
}


def own_recipe(**changes: Any) -> LaneParameters:
    return LaneParameters.model_validate(OWN | changes)


def tuning(**changes: Any) -> TuningParameters:
    return TuningParameters.model_validate(TUNING | changes)
