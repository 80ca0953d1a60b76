"""What one run left of a lane is found by content, whatever else lies there."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from kedro.io.core import Version

from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.lane_run import LaneRun, LaneRunDataset
from denoising_autoencoder.datasets.model import ModelDataset
from denoising_autoencoder.datasets.table import TableDataset

ONE, TWO, THREE = (f"2026-01-0{day}T00.00.00.000Z" for day in (1, 2, 3))
CSV = {"type": TableDataset}
JSON, ARRAY = {"type": "json.JSONDataset"}, {"type": ArrayDataset}
MODEL = {"type": ModelDataset}


class Runs:
    """Artifacts of runs of the lane dae in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _save(
        self, name: str, path: str, kind: dict, version: str, data, **made
    ) -> str:
        dataset = AtomicDataset(
            filepath=(self.root / path).as_posix(),
            dataset=kind,
            version=Version(None, version),
        )
        dataset.made_by = Lineage(dataset=name, node=f"make_{name}", **made)
        dataset.save(data)
        return dataset.lineage().sha256

    def save(self, version: str, steps: int, weight: float, psnr: float) -> None:
        """Everything of one run."""
        images = np.zeros((2, 8, 8, 3), np.uint8)
        raw = "01_raw/test_images.npy", ARRAY, version, images
        found = {"raw_test_images": self._save("raw_test_images", *raw)}
        info = "01_raw/image_info.json", JSON, version, {"name": "mine"}
        found["image_info"] = self._save("image_info", *info)
        spec = "05_model_input/noise_spec.json", JSON, version, {"std": 0.1}
        found["noise_spec"] = self._save("noise_spec", *spec)
        model = ({"w": np.full((1,), weight, np.float32)}, {"network": "report"})
        found["dae_model"] = self._save(
            *("dae_model", "06_models/dae/model.safetensors", MODEL, version, model),
            parameters={"dae": {"steps": steps}},
        )
        self._judge(version, psnr, found)

    def _judge(self, version: str, psnr: float, found: dict[str, str]) -> None:
        images = np.full((2, 8, 8, 3), min(psnr, 99), np.uint8)
        made = self._save(
            *("dae_reconstructions", "07_model_output/dae/reconstructions.npy", ARRAY),
            *(version, images),
            inputs={"dae_model": found["dae_model"]},
        )
        scores = pd.DataFrame({"photograph": [0, 1], "psnr": [psnr, psnr]})
        direct = {name: found[name] for name in ("raw_test_images", "noise_spec")}
        self._save(
            *("dae_scores", "07_model_output/dae/scores.csv", CSV, version, scores),
            inputs={"dae_reconstructions": made, **direct},
            ancestors={name: found[name] for name in ("dae_model", "image_info")},
        )

    def load(self, version: str) -> LaneRun:
        return LaneRunDataset(
            filepath=(self.root / "07_model_output/dae/scores.csv").as_posix(),
            lane="dae",
            path=self.root.as_posix(),
            version=Version(version, None),
        ).load()


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def refusal(runs: Runs, version: str) -> str:
    with pytest.raises(DatasetError) as caught:
        runs.load(version)
    return str(caught.value)


def test_a_version_is_read_with_all_that_it_was_made_from(runs):
    runs.save(ONE, steps=30, weight=1.0, psnr=20.0)
    runs.save(TWO, steps=60, weight=2.0, psnr=25.0)

    first, second = runs.load(ONE), runs.load(TWO)

    assert (first.lane, first.version) == ("dae", ONE)
    assert set(first.others) == {ONE, TWO}
    assert first.images == "mine"
    for run, steps, psnr in ((first, 30, 20.0), (second, 60, 25.0)):
        assert run.parameters == {"dae": {"steps": steps}}
        assert run.scores["psnr"].tolist() == [psnr, psnr]
    assert first.originals_sha256 == second.originals_sha256


def test_the_parameters_of_a_tuned_training_are_its_own_not_those_of_the_tuning(runs):
    runs.save(ONE, steps=30, weight=1.0, psnr=20.0)
    record = runs.root / "07_model_output/dae/scores.csv" / ONE / "lineage.json"
    lineage = json.loads(record.read_text())
    lineage["ancestors"]["dae_tuned_recipe"] = "0" * 64  # which may be pruned, too
    record.write_text(json.dumps(lineage))

    assert runs.load(ONE).parameters == {"dae": {"steps": 30}}


def test_equal_models_of_several_trainings_are_told_apart_by_their_time(runs):
    runs.save(ONE, steps=30, weight=1.0, psnr=20.0)
    runs.save(TWO, steps=60, weight=1.0, psnr=25.0)

    assert runs.load(ONE).parameters == {"dae": {"steps": 30}}
    assert runs.load(TWO).parameters == {"dae": {"steps": 60}}


def test_the_infinite_psnr_of_an_earlier_release_is_that_of_an_exact_image(runs):
    runs.save(ONE, steps=30, weight=1.0, psnr=math.inf)

    scores = runs.load(ONE).scores

    assert scores["psnr"].tolist() == [pytest.approx(10 * math.log10(255**2 * 192))] * 2


@pytest.mark.parametrize(
    "place", [".0123/model.safetensors", f"{TWO}/model.safetensors"]
)
def test_what_another_run_saves_or_has_damaged_is_in_nobody_s_way(runs, place):
    runs.save(ONE, steps=30, weight=1.0, psnr=20.0)
    other = runs.root / "06_models/dae/model.safetensors" / place
    shutil.copytree(other.parents[1] / ONE, other.parent)
    (other.parent / "lineage.json").write_text("{")

    assert runs.load(ONE).parameters == {"dae": {"steps": 30}}


def test_a_model_that_is_gone_is_named(runs):
    runs.save(ONE, steps=30, weight=1.0, psnr=20.0)
    shutil.rmtree(runs.root / "06_models/dae/model.safetensors" / ONE)

    assert "was made from a dae_model that is gone" in refusal(runs, ONE)


def test_what_another_run_is_saving_is_not_taken_for_what_is_gone(runs):
    runs.save(ONE, steps=30, weight=1.0, psnr=20.0)
    model = runs.root / "06_models/dae/model.safetensors"
    (model / ONE).rename(model / ".0123")

    assert "was made from a dae_model that is gone" in refusal(runs, ONE)


def test_scores_of_which_nothing_is_known_are_refused(runs):
    runs.save(ONE, steps=30, weight=1.0, psnr=20.0)
    (runs.root / f"07_model_output/dae/scores.csv/{ONE}/lineage.json").unlink()

    assert "has no lineage.json that says what it was made from" in refusal(runs, ONE)


def test_a_run_is_not_saved_as_a_whole(runs):
    dataset = LaneRunDataset(
        filepath=(runs.root / "scores.csv").as_posix(),
        lane="dae",
        path=runs.root.as_posix(),
        version=Version(None, ONE),
    )

    assert not dataset.exists()
    with pytest.raises(DatasetError, match="not saved as a whole"):
        dataset.save({})
