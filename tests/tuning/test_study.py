"""What has a study of its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.tuning import study
from denoising_autoencoder.tuning.study import study_name
from tests.tuning.recipes import TUNING, own_recipe, tuning
from tests.tuning.stubs import some_data

DATA = some_data()
NAME = study_name(tuning(), own_recipe(), DATA)
SPACE: dict[str, Any] = TUNING["space"]


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"steps": 9},
        {"pruner": "none"},
        {"space": {"learning_rate": {"low": 0.001, "high": 0.2, "log": True}}},
        {"space": dict(reversed(SPACE.items()))},  # the sampler draws in this order
    ],
)
def test_another_search_is_another_study(changes):
    assert study_name(tuning(**changes), own_recipe(), DATA) != NAME


@pytest.mark.parametrize(
    "changes",
    [
        {"images": DATA.images + 0.5},
        {"folds": np.roll(DATA.folds, 1)},
        {"noise": Gaussian(kind="gaussian", std=0.1, clamp=True)},
        {"noise_seed": 1},
    ],
)
def test_other_data_are_another_study(changes):
    assert study_name(tuning(), own_recipe(), replace(DATA, **changes)) != NAME


def test_what_auto_is_on_another_machine_is_another_study(monkeypatch):
    own = own_recipe(device="auto", precision="auto")
    names = set()
    for precision in ("bfloat16", "float32"):
        monkeypatch.setattr(study, "resolve_precision", lambda *_, p=precision: p)
        names.add(study_name(tuning(), own, DATA))

    assert len(names) == 2


@pytest.mark.parametrize(
    "file", ["tuning/space.py", "evaluation/metrics.py", "noise/draw.py"]
)
def test_other_code_is_another_study(file, tmp_path, monkeypatch):
    copied = shutil.copytree(study.PACKAGE, tmp_path / "package")
    monkeypatch.setattr(study, "PACKAGE", copied)
    assert study_name(tuning(), own_recipe(), DATA) == NAME

    with (copied / file).open("a") as code:
        code.write("# changed\n")

    assert study_name(tuning(), own_recipe(), DATA) != NAME


def test_what_changes_no_trial_is_the_same_study():
    other = tuning(trials=99, workers=2, seconds=5.0, judge={"seeds": 9})

    assert study_name(other, own_recipe(title="x", steps=9, seed=5), DATA) == NAME
    assert study_name(other, own_recipe(weight_decay=0.02), DATA) != NAME
