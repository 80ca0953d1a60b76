"""A tuning, and a training by what it chose, as a user calls them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.artifacts import check_that_all_is_whole, manifest, sha256
from tests.cli.conftest import Kedro, Run

pytestmark = pytest.mark.slow

RECIPE = "06_models/tuning/tuned_recipe.json"
MODEL = "06_models/dae/model.safetensors"


@pytest.fixture(scope="module")
def tuned(kedro_anywhere, first_run, tmp_path_factory) -> tuple[Kedro, Run]:
    """A tuning after the first run, whose own recipe learns far too slowly."""
    assert first_run.code == 0, first_run.output
    kedro = kedro_anywhere(tmp_path_factory.mktemp("tuned") / "data")
    shutil.copytree(first_run.data, kedro.data)
    params = (
        "dae.learning_rate=0.001,tuning.space.optimizer=null,"
        "tuning.space.loss=null,tuning.trials=4"
    )
    return kedro, kedro.run("--pipelines=tuning", params=params)


def lineage(file: Path) -> dict:
    return json.loads(file.with_name("lineage.json").read_text())


def test_a_tuning_ends_with_a_verdict_and_whole_artifacts(tuned, first_run):
    kedro, run = tuned

    assert run.code == 0, run.output
    assert "Confirmation of the tuning of dae, with fresh seeds" in run.output
    assert "On the test images" in run.output
    check_that_all_is_whole(kedro.data, manifest(kedro.data))
    recipe = json.loads(run.newest(RECIPE).read_text())
    assert recipe["lane"] == "dae"
    assert next(one["recipe"] for one in recipe["candidates"]) == "own"
    made_from = lineage(run.newest(RECIPE))
    images = lineage(first_run.newest("03_primary/train_images.npy"))["sha256"]
    assert made_from["inputs"]["train_images"] == images
    assert made_from["parameters"]["tuning"]["lane"] == "dae"
    of_test = {"test_images", "noisy_test_images"}
    assert not of_test & made_from["inputs"].keys()


def test_a_training_takes_the_tuned_values_unless_the_command_line_has_others(tuned):
    kedro, run = tuned
    values = json.loads(run.newest(RECIPE).read_text())["values"]

    plain = kedro.run("--nodes=dae.train", params="dae.recipe=tuned")
    first = lineage(plain.newest(MODEL))
    given = kedro.run(
        "--nodes=dae.train", params="dae.recipe=tuned,dae.learning_rate=0.005"
    )
    second = lineage(given.newest(MODEL))

    assert plain.code == given.code == 0, plain.output + given.output
    used = first["parameters"]["dae"]
    for name in ("learning_rate", "steps", "batch_size", "schedule", "options"):
        assert used[name] == values[name]
    assert first["inputs"]["dae_tuned_recipe"] == sha256(run.newest(RECIPE))
    changed = {**used, "learning_rate": 0.005}
    assert second["parameters"]["dae"] == changed
    assert "from the command line: learning_rate 0.005 (tuned:" in " ".join(
        given.output.split()
    )


def test_the_page_of_a_run_on_the_same_images_shows_the_tuning(tuned):
    kedro, _ = tuned

    run = kedro.run("--pipelines=reporting")

    assert run.code == 0, run.output
    page = run.newest("08_reporting/report.html")
    assert '<section id="tuning"' in page.read_text()
    assert "dae_tuning_report" in lineage(page)["inputs"]


def test_other_noise_than_that_of_the_tuning_is_refused_before_any_work(tuned):
    kedro, _ = tuned
    before = manifest(kedro.data)

    run = kedro.run(
        "--pipelines=denoise",
        params=f"{kedro.images()},noise.std=0.1,dae.recipe=tuned",
    )

    assert run.code == 1
    assert "dae was tuned with Gaussian noise" in run.output
    assert manifest(kedro.data) == before
