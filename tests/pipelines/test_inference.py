"""The pipeline `inference`, in this process."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.framework.startup import bootstrap_project
from kedro.io.core import Version
from PIL import Image

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.model import ModelDataset
from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.run.sentences import explain
from denoising_autoencoder.run.session import CleanSession
from tests.inference.models import BRIGHTER, RANGE, brightening_model

VERSION = "2026-01-01T00.00.00.000Z"


@pytest.fixture
def data(tmp_path) -> Path:
    """A folder of artifacts with a model of a lane, beside two pictures."""
    root = tmp_path / "data"
    AtomicDataset(
        filepath=str(root / "06_models/dae/model.safetensors"),
        dataset={"type": ModelDataset},
        version=Version(None, VERSION),
    ).save(brightening_model(**RANGE))
    (tmp_path / "in").mkdir()
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.png"):
        pixels = rng.integers(20, 200, (20, 30, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / name)
    return root


def run(project: Path, data: Path, **inference: Any) -> None:
    bootstrap_project(project)
    parameters = {"data_root": str(data), "inference": inference}
    with CleanSession.create(project, runtime_params=parameters) as session:
        session.run(pipeline_names=["inference"])


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_pictures_are_written_and_recorded_among_the_artifacts(project, data, tmp_path):
    inputs = [str(tmp_path / "in/a.png"), str(tmp_path / "in/b*")]

    run(project, data, input=inputs, model=f"dae@{VERSION}", sigma=15, threads=1)

    out = tmp_path / "in/denoised"
    for name in ("a.png", "b.png"):
        before, after = (Image.open(folder / name) for folder in (tmp_path / "in", out))
        difference = np.asarray(after).astype(int) - np.asarray(before)
        assert (difference == BRIGHTER).all()
    (version,) = (data / "08_reporting/denoised.json").iterdir()
    recorded = json.loads((version / "denoised.json").read_text())["pictures"]
    assert recorded == json.loads((out / "denoised.json").read_text())["pictures"]
    model = data / f"06_models/dae/model.safetensors/{VERSION}/model.safetensors"
    assert recorded["b.png"]["model"] == f"dae@{VERSION}"
    assert recorded["b.png"]["model_sha256"] == sha256(model)
    assert recorded["b.png"]["input_sha256"] == sha256(tmp_path / "in/b.png")
    lineage = json.loads((version / "lineage.json").read_text())
    assert lineage["inputs"]["dae_model"] == sha256(model)


@pytest.mark.parametrize(
    ("inference", "words"),
    [
        ({}, "The pictures are not named: set --params=inference.input=FILE"),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (
                ({"input": "in", "model": "dae@2020"}, f"there are: {VERSION}"),
                ({"input": "broken.png", "model": "dae"}, "1 of 1 picture could not"),
            )
        ),
    ],
)
def test_a_mistake_is_one_sentence(inference, words, project, data, tmp_path):
    (tmp_path / "broken.png").write_text("x")
    places = {
        name: str(tmp_path / value)
        for name, value in inference.items()
        if name != "model"
    }

    with pytest.raises(Exception) as caught:  # Kedro wraps it
        run(project, data, **inference | places, threads=1)

    assert words in (explain(caught.value) or "")
    assert not (data / "08_reporting").exists()


def test_parameters_are_checked_before_anything_is_read(project, data):
    with pytest.raises(ParameterError, match="sigma = 300: input should be auto or a"):
        run(project, data, sigma=300)


def test_pictures_that_are_named_in_a_file_of_parameters_are_refused(
    project, data, monkeypatch
):
    from kedro.config import OmegaConfigLoader

    read = OmegaConfigLoader.__getitem__

    def with_input(self, key):
        values = read(self, key)
        if key == "parameters":
            values["inference"]["input"] = "mine"
        return values

    monkeypatch.setattr(OmegaConfigLoader, "__getitem__", with_input)

    with pytest.raises(ProjectError, match=r"inference\.input is set in a file of par"):
        run(project, data)
