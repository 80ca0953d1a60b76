"""What decides the bits of a training, so that only its own checkpoint is resumed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from denoising_autoencoder.artifacts.packing import Arrays
from denoising_autoencoder.trainer.state import TrainingState

PACKAGE = Path(__file__).parents[1]

CODE = {
    "trainer": ("trainer/**/*.py",),
    "networks": ("networks/**/*.py",),
    "noise": ("noise/**/*.py",),
    # What the validation uses.
    "denoisers": tuple(
        f"denoisers/{name}.py" for name in ("apply", "batches", "contract", "network")
    ),
    "images": ("images.py",),
    # What a codec begins with.
    "evaluation": ("evaluation/pca.py",),
    # Not `work` and `processes`, which a training does not use.
    "compute": (
        *("compute/cores.py", "compute/device.py", "compute/in_order.py"),
        *("compute/machine.py", "compute/parts.py", "compute/precision.py"),
        *("compute/reading.py", "compute/subnormals.py", "compute/threads.py"),
        "compute/torchrun.py",
    ),
}
"""Files of the package that decide the bits of a training, by part of the package."""

Ingredients = dict[str, Any]
"""Digests and values that JSON can hold: `code` (by part), `versions` (of packages),
`recipe` (by field), `device`, `weights` (the initial state) and `data`."""


def code_digests(package: Path) -> dict[str, str]:
    """A SHA-256 for each part of `CODE`.

    Args:
        package: Folder of the package.
    """
    digests = {}
    for part, patterns in CODE.items():
        digest = hashlib.sha256()
        for file in sorted(file for glob in patterns for file in package.glob(glob)):
            digest.update(file.relative_to(package).as_posix().encode())
            digest.update(file.read_bytes())
        digests[part] = digest.hexdigest()
    return digests


def find_ingredients(state: TrainingState, recipe: Mapping[str, Any]) -> Ingredients:
    """All ingredients of a training except its data.

    Args:
        state: The state before the first step.
        recipe: The fields of the recipe that change the result.
    """
    return {
        "code": code_digests(PACKAGE),
        "versions": {"PyTorch": torch.__version__, "NumPy": np.__version__},
        "recipe": dict(recipe),
        "device": str(state.device()),
        "weights": _digest(state.capture()),
    }


def explain_difference(saved: Any, present: Ingredients) -> str:
    """Say in words why a checkpoint is of another training.

    Args:
        saved: The ingredients in the checkpoint; None, or anything, if it has none.
        present: The ingredients of the training.
    """
    if not isinstance(saved, dict):
        return "it was saved by an earlier release"
    differing = {key: _differing(saved.get(key), present[key]) for key in present}
    reasons = []
    if differing["code"]:
        reasons.append(f"the code of {', '.join(differing['code'])} changed")
    reasons += [f"{package} changed" for package in differing["versions"]]
    if differing["recipe"]:
        reasons.append(f"the recipe changed: {', '.join(differing['recipe'])}")
    reasons += [f"the {key} changed" for key in ("device", "data") if differing[key]]
    # Another recipe often has other initial weights; these are then not the reason.
    return "; ".join(reasons) or "the initial weights changed"


def _differing(saved: Any, present: Any) -> list[str]:
    """The keys of two mappings that differ, or one key for two other values."""
    if not isinstance(present, dict):
        return [""] if saved != present else []
    saved = saved if isinstance(saved, dict) else {}
    others = (key for key in saved if key not in present)
    # Other words are not names of anything, and are not repeated in a message.
    keys = [*present, *(key for key in others if key.isidentifier())]
    return [key for key in keys if saved.get(key) != present.get(key)]


def _digest(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name}{array.dtype}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
