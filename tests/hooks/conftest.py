"""A pipeline in small: noise and a seed make a model with its history, these scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.io.core import Version
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.hooks import LineageHooks

ONE, TWO, THREE = (f"2026-01-0{day}T00.00.00.000Z" for day in (1, 2, 3))


def draw(std: float) -> dict[str, float]:
    return {"std": std}


def train(noise: dict[str, float], recipe: dict[str, Any]) -> tuple[Any, Any]:
    return {"weights": noise["std"] * recipe["seed"]}, {"losses": recipe["seed"]}


def score(model: dict[str, float], noise: dict[str, float]) -> dict[str, float]:
    return {"psnr": model["weights"] + noise["std"]}


def report(scores: dict[str, float], history: dict[str, float]) -> dict[str, float]:
    return {**scores, **history}


PIPELINE = Pipeline(
    [
        node(draw, "params:std", "noise", name="draw"),
        node(train, ["noise", "params:dae"], ["model", "history"], name="train"),
        node(score, ["model", "noise"], "scores", name="score"),
        node(report, ["scores", "history"], "table", name="report"),
    ]
)

NAMES = ("noise", "model", "history", "scores", "table")


class Project:
    """The pipeline with artifacts in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def catalog(
        self,
        save: str,
        std: float = 0.1,
        seed: int = 0,
        load: dict[str, str] | None = None,
    ) -> DataCatalog:
        """A catalog for one run."""
        files = {
            name: AtomicDataset(
                filepath=str(self.folder / f"{name}.json"),
                dataset={"type": "json.JSONDataset"},
                version=Version((load or {}).get(name), save),
            )
            for name in NAMES
        }
        parameters = {
            "params:std": MemoryDataset(std),
            "params:dae": MemoryDataset({"seed": seed, "steps": 9}),
        }
        return DataCatalog({**files, **parameters})

    def run(self, catalog: DataCatalog, *nodes: str) -> None:
        """Run the whole pipeline, or some nodes of it."""
        hooks = _create_hook_manager()
        hooks.register(LineageHooks())
        pipeline = PIPELINE.only_nodes(*nodes) if nodes else PIPELINE
        SequentialRunner().run(pipeline, catalog, hooks)


@pytest.fixture
def small(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def pipeline() -> Pipeline:
    return PIPELINE


@pytest.fixture
def days() -> tuple[str, str, str]:
    """Three versions, oldest first."""
    return ONE, TWO, THREE
