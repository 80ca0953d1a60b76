"""What an earlier release saved is still read, judged, compared and pruned.

`saved/release-0.1.zip` is a folder of artifacts from release 0.1: two runs of
`report_lanes` in the environment `test`, on images of 12x12 pixels, with the DAE's
seeds 0 and 1 and its `ema_half_life` of 0.1. Its pictures and its page are left out.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog
from kedro.io.core import Version

from denoising_autoencoder.artifacts import prune
from denoising_autoencoder.artifacts.lineage import Lineage, read_lineage
from denoising_autoencoder.datasets.places import read_places
from denoising_autoencoder.errors import MixedVersionsError
from denoising_autoencoder.pipeline_registry import register_pipelines
from denoising_autoencoder.pipelines.lanes.nodes import reconstruct_images
from denoising_autoencoder.run.session import CleanSession

OLD, NEW = "2026-11-28T13.02.31.504Z", "2026-11-28T13.02.39.067Z"


def unpack(project: Path, folder: Path) -> Path:
    with zipfile.ZipFile(project / "tests/saved/release-0.1.zip") as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def data(project: Path, tmp_path: Path) -> Path:
    """The artifacts, for a test that adds some or takes some away."""
    return unpack(project, tmp_path)


@pytest.fixture(scope="module")
def read_only(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifacts, for all tests that leave them as they are."""
    return unpack(project, tmp_path_factory.mktemp("saved"))


def session(project: Path, data: Path, **params: str) -> CleanSession:
    bootstrap_project(project)
    runtime_params = {"data_root": str(data), **params}
    return CleanSession.create(project, env="test", runtime_params=runtime_params)


@pytest.fixture(scope="module")
def catalog(project: Path, read_only: Path) -> DataCatalog:
    with session(project, read_only) as opened:
        return opened.load_context().catalog


def lineages(data: Path) -> dict[Path, Lineage]:
    """The lineage of each file that was saved, by the path of the file."""
    records = sorted(data.rglob("lineage.json"))
    return {
        record.with_name(record.parents[1].name): read_lineage(record)
        for record in records
    }


def judge(project: Path, data: Path, output: str, **pins: str) -> None:
    """Run what `reporting` does for the two lanes that were saved, up to an output."""
    judging = [
        node.name
        for node in register_pipelines()["report_lanes"].nodes
        if node.namespace != "data_engineering" and "training" not in node.tags
    ]
    with session(project, data) as opened:
        opened.run(
            pipeline_names=["report_lanes"],
            node_names=judging,
            to_outputs=[output],
            load_versions=pins,
        )


def newest(data: Path, path: str) -> pd.DataFrame:
    version = max((data / path).iterdir())
    assert version.name > NEW
    return pd.read_csv(version / Path(path).name)


def test_every_artifact_loads_through_the_catalog_and_is_what_its_lineage_says(
    read_only, catalog
):
    found = lineages(read_only)

    assert len(found) == 2 * 30
    for file, lineage in found.items():
        version = file.parent.name
        dataset: Any = catalog.get(lineage.dataset, version=Version(version, None))
        assert dataset.path == file
        assert dataset.lineage() == lineage
        assert lineage.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
        assert len(dataset.load()) > 0


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize(
    ("lane", "inputs", "noise"),
    [
        ("ae", "test_images", "clean_spec"),
        ("dae", "noisy_test_images", "noise_spec"),
    ],
)
def test_a_saved_model_gives_the_saved_reconstructions_again(
    catalog, lane, inputs, noise, version
):
    def load(name: str) -> Any:
        return catalog.get(name, version=Version(version, None)).load()

    model = load(f"{lane}_model")
    again = reconstruct_images(model, load(inputs), load(noise), "cpu", "float32", 1)

    saved = load(f"{lane}_reconstructions")
    off = np.abs(again.astype(int) - saved)
    # Another processor may add up in another order, and round the other way.
    assert off.max() <= 1
    assert np.mean(off > 0) <= 0.001


@pytest.mark.slow
def test_saved_models_are_judged_again_with_the_same_result(project, data):
    saved = pd.read_csv(data / f"08_reporting/metrics.csv/{NEW}/metrics.csv")

    judge(project, data, "report_page")

    metrics = newest(data, "08_reporting/metrics.csv")
    assert list(metrics["model"]) == list(saved["model"])
    np.testing.assert_allclose(metrics["psnr"], saved["psnr"], atol=0.01)
    np.testing.assert_allclose(metrics["ssim"], saved["ssim"], atol=0.001)
    assert list(metrics["tflop"] > 0) == list(saved["model"] != "noisy_input")
    (page,) = data.glob("08_reporting/report.html/*/report.html")
    assert page.stat().st_size > 100_000


@pytest.mark.slow
def test_a_saved_model_is_not_judged_with_the_losses_of_another_training(project, data):
    with pytest.raises(MixedVersionsError, match="dae_history") as caught:
        judge(project, data, "losses", dae_model=OLD)

    pins = dict.fromkeys(("dae_history", "dae_model"), OLD)
    line = ",".join(f"{name}:{version}" for name, version in pins.items())
    assert f"give --load-versions={line}" in str(caught.value)
    judge(project, data, "losses", **pins)
    scores = pd.read_csv(data / f"07_model_output/dae/scores.csv/{OLD}/scores.csv")
    again = newest(data, "07_model_output/dae/scores.csv")
    np.testing.assert_allclose(again["psnr"], scores["psnr"], atol=0.05)


def test_both_saved_runs_of_a_lane_are_compared(project, data):
    with session(project, data, compared_lane="dae") as opened:
        opened.run(
            pipeline_names=["compare"], load_versions={"scores_a": OLD, "scores_b": NEW}
        )

    scores = newest(data, "08_reporting/compared_scores.csv").set_index("metric")
    assert list(scores.index) == ["psnr", "ssim"]
    for column, version in (("a", OLD), ("b", NEW)):
        saved = data / f"07_model_output/dae/scores.csv/{version}/scores.csv"
        for metric, mean in pd.read_csv(saved)[["psnr", "ssim"]].mean().items():
            assert scores.loc[metric, column] == pytest.approx(mean)
    assert set(scores["noise_a"]) == set(scores["noise_b"]) == {0.31623}
    assert set(scores["n_images"]) == {6}
    parameters = newest(data, "08_reporting/compared_parameters.csv")
    assert parameters[["parameter", "a", "b"]].to_numpy().tolist() == [
        ["dae.seed", 0, 1]
    ]


def test_a_parameter_that_has_left_is_still_in_the_lineage(read_only):
    record = read_only / f"06_models/dae/model.safetensors/{NEW}/lineage.json"

    assert read_lineage(record).parameters["dae"]["ema_half_life"] == 0.1


def test_pruning_takes_the_older_versions_and_nothing_that_the_newer_were_made_from(
    data, project
):
    found = lineages(data)
    with session(project, data) as opened:
        configuration = opened._get_config_loader()["catalog"]

    plan = prune.plan(read_places(configuration, project, data), keep=1, now=0.0)

    older = {file.parent for file in found if file.parent.name == OLD}
    assert set(plan.versions) == older
    assert (plan.kept, plan.leftovers) == (len(older), ())
    prune.remove(plan.versions)
    left = lineages(data).values()
    contents = {(lineage.dataset, lineage.sha256) for lineage in left}
    for lineage in left:
        assert set(lineage.contents().items()) <= contents
