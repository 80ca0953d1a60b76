"""Which study a search works on: its name says everything that decides its trials."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import optuna
import torch

from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.compute.precision import resolve_precision
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.trainer.ingredients import PACKAGE, code_digests
from denoising_autoencoder.tuning.fold_training import FoldData
from denoising_autoencoder.tuning.recipe import array_sha256

_CODE = (
    *("tuning/changes.py", "tuning/fold_training.py", "tuning/objective.py"),
    *("tuning/pruning.py", "tuning/sampler.py", "tuning/seeds.py", "tuning/space.py"),
    *("tuning/trials.py", "tuning/work.py"),
    *("evaluation/metrics.py", "evaluation/exact.py"),
)
"""Files of the package that decide what a trial gives, besides those of a training."""

_REPLACED = frozenset({"steps", "epochs", "seed"})
"""Fields of a recipe that a search replaces."""


def study_name(
    parameters: TuningParameters, own: LaneParameters, data: FoldData
) -> str:
    """A name for all that decides the trials of a search: "dae-0123456789abcdef".

    The same data, space and code give the same name, so that a run resumes the last
    one's trials; anything else gives another.

    Args:
        parameters: Parameters of the tuning.
        own: The lane's own recipe.
        data: Images and folds.
    """
    device = pick_device(own.device)
    precision = resolve_precision(own.precision, device)
    content = {
        "parameters": _fields(parameters, parameters.without_effect),
        # The sampler draws in this order, which a dictionary in JSON would lose.
        "space": list(parameters.space),
        "own": _fields(own, own.without_effect | _REPLACED),
        "machine": [str(device), precision],
        "noise": [data.noise.model_dump(mode="json"), data.noise_seed],
        "images": array_sha256(data.images),
        "folds": array_sha256(data.folds),
        "code": code_digests(PACKAGE) | {"tuning": _own_code()},
        "versions": [torch.__version__, np.__version__, optuna.__version__],
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{parameters.lane}-{digest[:16]}"


def _fields(
    block: TuningParameters | LaneParameters, excluded: frozenset[str]
) -> dict[str, Any]:
    return block.model_dump(mode="json", exclude=set(excluded))


def _own_code() -> str:
    digest = hashlib.sha256()
    for name in _CODE:
        digest.update((PACKAGE / name).read_bytes())
    return digest.hexdigest()
