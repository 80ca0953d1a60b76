"""Checkpoints are removed once their training is saved."""

from __future__ import annotations

import numpy as np
import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import AbstractDataset, DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.datasets.checkpoints import CheckpointsDataset
from denoising_autoencoder.hooks import CheckpointHooks


class Watching(AbstractDataset):
    """Notes which checkpoints are there when it is saved; may fail instead."""

    def __init__(self, folder, seen: dict[str, list[str]], fails: bool = False) -> None:
        self._folder = folder
        self._seen = seen
        self._fails = fails

    def save(self, data: str) -> None:
        if self._fails:
            raise OSError("no room")
        self._seen[data] = sorted(path.stem for path in self._folder.iterdir())

    def load(self) -> str:
        raise NotImplementedError

    def _describe(self) -> dict[str, str]:
        return {}


def training(name: str):
    def train(checkpoints: Checkpoints) -> tuple[str, str]:
        checkpoints.save(name, {"x": np.zeros(1)}, {})
        return f"{name} model", f"{name} history"

    outputs = [f"{name}_model", f"{name}_history"]
    return node(train, "checkpoints", outputs, name=f"{name}.train")


def run(folder, failing: str = "") -> dict[str, list[str]]:
    """Train two models after one another; what was there at each save."""
    seen: dict[str, list[str]] = {}
    names = ("ae_model", "ae_history", "dae_model", "dae_history")
    catalog = DataCatalog(
        {
            "checkpoints": CheckpointsDataset(filepath=str(folder)),
            **{name: Watching(folder, seen, fails=name == failing) for name in names},
        }
    )
    hooks = _create_hook_manager()
    hooks.register(CheckpointHooks())
    pipeline = Pipeline([training("ae"), training("dae")])
    SequentialRunner().run(pipeline, catalog, hooks)
    return seen


def test_a_checkpoint_stays_until_the_last_output_of_its_training_is_saved(tmp_path):
    folder = tmp_path / "checkpoints"

    assert run(folder) == {
        "ae model": ["ae"],
        "ae history": ["ae"],
        "dae model": ["dae"],  # the other's is gone already
        "dae history": ["dae"],
    }

    assert list(folder.iterdir()) == []


def test_a_checkpoint_stays_if_its_training_could_not_be_saved(tmp_path):
    folder = tmp_path / "checkpoints"

    with pytest.raises(Exception, match="no room"):
        run(folder, failing="dae_history")

    assert [path.stem for path in folder.iterdir()] == ["dae"]
