"""Which study a search works on: its name says everything that decides its trials."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
import torch

from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.trainer.ingredients import PACKAGE, code_digests
from denoising_autoencoder.tuning.fold_training import FoldData

_MODULES = (
    *("changes", "fold_training", "objective", "pruning", "sampler", "seeds"),
    *("space", "trials", "work"),
)
"""Modules of this package that decide what a trial gives."""

_REPLACED = frozenset({"steps", "epochs", "seed"})
"""Fields of a recipe that a search replaces."""


def study_name(
    parameters: TuningParameters, own: LaneParameters, data: FoldData
) -> str:
    """A name for all that decides the trials of a search: "dae-0123456789abcdef".

    The same data, space and code give the same name, so that a run goes on with the
    trials of the last; anything else gives another.

    Args:
        parameters: Parameters of the tuning.
        own: The lane's own recipe.
        data: Images and folds.
    """
    content = {
        "parameters": _fields(parameters, parameters.without_effect),
        "own": _fields(own, own.without_effect | _REPLACED),
        "noise": [data.noise.model_dump(mode="json"), data.noise_seed],
        "images": _digest(data.images),
        "folds": _digest(data.folds),
        "code": code_digests(PACKAGE) | {"tuning": _own_code()},
        "versions": [torch.__version__, np.__version__, optuna.__version__],
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{parameters.lane}-{digest[:16]}"


def _fields(
    block: TuningParameters | LaneParameters, excluded: frozenset[str]
) -> dict[str, Any]:
    return block.model_dump(mode="json", exclude=set(excluded))


def _digest(array: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _own_code() -> str:
    digest = hashlib.sha256()
    for name in _MODULES:
        digest.update((PACKAGE / "tuning" / f"{name}.py").read_bytes())
    return digest.hexdigest()
