"""A lane that is trained by its tuned recipe."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.io.core import Version
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner

from denoising_autoencoder.artifacts.lineage import find_conflict
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import DatasetFileError, ParameterError, ProjectError
from denoising_autoencoder.hooks import LineageHooks, PreflightHooks, TunedHooks
from denoising_autoencoder.hooks.lineage import artifact
from denoising_autoencoder.hooks.resume import ResumeHooks
from denoising_autoencoder.hooks.tuned import recipe_version
from denoising_autoencoder.tuning.recipe import TunedRecipe, array_sha256
from tests.hooks.test_resume import NOTHING
from tests.tuning.chosen import NOISE, own_block, tuned_recipe

FIRST, SECOND, NOW = (f"2026-01-0{day}T00.00.00.000Z" for day in (1, 2, 3))
IMAGES = np.zeros((4, 8, 8, 3), np.float16)


def train(images: Any, noise: Any, recipe: Any) -> dict[str, Any]:
    return {"rate": recipe.learning_rate, "width": recipe.options["width"]}


def training(lane: str) -> Pipeline:
    inputs = ["train_images", "noise_spec", f"params:{lane}"]
    made = [node(train, inputs, f"{lane}_model", name="train")]
    return Pipeline(made, namespace=lane, prefix_datasets_with_namespace=False)


def tune(own: Any) -> dict[str, Any]:
    return {}


TRAINING = training("dae") + training("resunet")
TUNING = Pipeline([node(tune, "params:dae", "tuned_recipe", name="confirm")])


class Project:
    """Two lanes with artifacts in a folder, and tuned recipes in it."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder = folder
        self.own = own_block(project, recipe="tuned")

    def tune(self, version: str, **changes: Any) -> None:
        """Save a tuned recipe."""
        recipe = tuned_recipe(self.own, array_sha256(IMAGES))
        recipe = TunedRecipe(**{**recipe.model_dump(), **changes})
        self.entry("tuned_recipe", version).save(recipe.model_dump(mode="json"))

    def entry(
        self, name: str, save: str = NOW, load: str | None = None
    ) -> AtomicDataset:
        return AtomicDataset(
            filepath=str(self.folder / f"{name}.json"),
            dataset={"type": "json.JSONDataset"},
            version=Version(load, save),
        )

    def catalog(self, **changes: Any) -> DataCatalog:
        lanes = {"params:dae": self.own, "params:resunet": self.own}
        data = {"train_images": IMAGES, "noise_spec": NOISE, **lanes, **changes}
        return DataCatalog(
            {
                **{name: MemoryDataset(value) for name, value in data.items()},
                **{
                    name: self.entry(name)
                    for name in ("tuned_recipe", "dae_model", "resunet_model")
                },
            }
        )

    def run(self, pipeline: Pipeline = TRAINING, **run: Any) -> DataCatalog:
        """Run a pipeline with the hooks of the project's settings, in their order."""
        catalog = self.catalog(**run.pop("changes", {}))
        hooks = _create_hook_manager()
        for one in (PreflightHooks(), TunedHooks(), LineageHooks()):
            hooks.register(one)
        asked = {
            "load_versions": None, "runtime_params": {}, "only_missing_outputs": False,
            **run,
        }  # fmt: skip
        hooks.hook.before_pipeline_run(
            run_params=asked, pipeline=pipeline, catalog=catalog
        )
        SequentialRunner().run(pipeline, catalog, hooks)
        return catalog


@pytest.fixture
def small(tmp_path, project) -> Project:
    return Project(tmp_path, project)


def test_each_lane_is_trained_by_its_own_newest_tuning(small, caplog):
    small.tune(FIRST)
    small.tune(SECOND, lane="resunet", recipe="own")
    with caplog.at_level(logging.INFO):
        catalog = small.run(runtime_params={"dae": {"learning_rate": 0.02}})

    assert catalog["dae_model"].load() == {"rate": 0.02, "width": 12}
    assert catalog["resunet_model"].load() == {"rate": 0.03, "width": 12}
    assert f"DAE is trained by the tuned recipe of {FIRST}, trial 7:" in caplog.text
    assert "from the command line: learning_rate 0.02 (tuned: 0.03)" in caplog.text
    assert f"of {SECOND}, the lane's own of that time:" in caplog.text


def test_the_lineage_has_the_values_that_were_used_and_the_recipe_they_came_from(small):
    small.tune(FIRST)
    small.tune(SECOND, lane="resunet")

    catalog = small.run()

    made = catalog["dae_model"].lineage()
    assert made.parameters["dae"]["learning_rate"] == 0.03
    assert made.parameters["dae"]["recipe"] == "tuned"
    sha256 = small.entry("tuned_recipe", load=FIRST).lineage().sha256
    assert made.inputs == {"dae_tuned_recipe": sha256}
    models = [artifact(catalog, f"{lane}_model") for lane in ("dae", "resunet")]
    assert find_conflict(models) is None, "each lane was tuned for itself"


def test_an_earlier_tuning_can_be_asked_for(small):
    small.tune(FIRST)
    small.tune(SECOND, values=small.own.model_dump(exclude={*small.own.without_effect}))

    earlier = small.run(training("dae"), load_versions={"tuned_recipe": FIRST})

    assert earlier["dae_model"].load() == {"rate": 0.03, "width": 12}


def test_the_command_that_resumes_a_run_names_the_tuning(small, caplog):
    small.tune(FIRST)
    one = training("dae")
    pipeline = Pipeline([node(lambda: NOISE, None, "noise", name="draw")]) + one
    catalog = small.catalog()
    catalog["noise"] = small.entry("noise")
    resume = ResumeHooks()
    for hooks in (TunedHooks(), resume):
        hooks.before_pipeline_run(NOTHING, pipeline, catalog)
    SequentialRunner().run(pipeline.only_nodes("draw"), catalog)

    small.tune(SECOND)
    line = resume.command("kedro run", None)
    assert "Replacing dataset" not in caplog.text

    assert f"--load-versions=tuned_recipe:{FIRST}" in line


def test_no_version_is_named_if_the_lanes_were_tuned_in_two(small):
    small.tune(FIRST)
    small.tune(SECOND, lane="resunet")

    assert recipe_version(TRAINING, small.run()) is None


def test_own_recipes_are_left_alone(small):
    own = small.own.model_copy(update={"recipe": "own"})

    catalog = small.run(changes={"params:dae": own, "params:resunet": own})

    assert catalog["dae_model"].load() == {"rate": 0.02, "width": 8}
    assert catalog["dae_model"].lineage().inputs == {}


@pytest.mark.parametrize(
    ("pipeline", "run", "expected"),
    [
        (
            training("resunet"),
            {},
            (
                "resunet.recipe is tuned, but there is no tuned recipe of resunet: "
                "tune by --pipelines=tuning --params=tuning.lane=resunet first, or set "
                "resunet.recipe=own."
            ),
        ),
        (
            training("dae"),
            {"load_versions": {"tuned_recipe": NOW}},
            (
                "dae.recipe is tuned, but there is no tuned recipe of dae in version "
                f"{NOW}: tune by"
            ),
        ),
        (
            training("dae") + TUNING,
            {},
            (
                "dae.recipe is tuned, but this run also tunes: run --pipelines=tuning "
                "first"
            ),
        ),
        (
            training("dae"),
            {"changes": {"train_images": IMAGES + 1}},
            (
                "dae was tuned on other training images than those of this run: set "
                "dae.recipe=own, or tune again by"
            ),
        ),
        (
            training("dae"),
            {"changes": {"noise_spec": {**NOISE, "std": 0.1}}},
            (
                "dae was tuned with Gaussian noise of std 0.3 (variance 0.09), clamped "
                "to [-1, 1], but this run has Gaussian noise of std 0.1"
            ),
        ),
        (
            training("dae"),
            {"changes": {"noise_spec": {**NOISE, "seed": 1}}},
            (
                "dae was tuned with Gaussian noise of std 0.3 (variance 0.09), clamped "
                "to [-1, 1], but the noise has another seed: set"
            ),
        ),
    ],
)
def test_what_does_not_fit_is_refused(small, pipeline, run, expected):
    small.tune(FIRST)

    with pytest.raises((ParameterError, ProjectError)) as caught:
        small.run(pipeline, **run)

    assert str(caught.value).startswith(expected)
    assert not (small.folder / "dae_model.json").exists()


def test_a_lane_that_cannot_be_tuned_is_not_told_to_be(small):
    with pytest.raises(ParameterError) as caught:
        small.run(training("photo"), changes={"params:photo": small.own})

    assert str(caught.value) == (
        "photo.recipe is tuned, but photo cannot be tuned: set photo.recipe=own."
    )


def test_a_damaged_recipe_of_another_lane_is_not_in_the_way(small):
    small.tune(FIRST)
    small.entry("tuned_recipe", SECOND).save({"lane": "resunet"})

    catalog = small.run(training("dae"))

    assert catalog["dae_model"].load() == {"rate": 0.03, "width": 12}
    with pytest.raises(DatasetFileError, match=f"{SECOND} is damaged"):
        small.run(training("resunet"))


def test_other_noise_is_refused_before_any_work(small):
    small.tune(FIRST)
    done = []

    def draw(block: Any, seed: int) -> dict[str, Any]:
        done.append(seed)
        return {**block, "seed": seed}

    noise = {name: value for name, value in NOISE.items() if name != "seed"}
    inputs = ["params:noise", "params:seed"]
    drawing = Pipeline([node(draw, inputs, "noise_spec", name="draw")])
    whole = drawing + training("dae")

    with pytest.raises(ProjectError, match=r"this run has Gaussian noise of std 0\.1"):
        small.run(
            whole, changes={"params:noise": {**noise, "std": 0.1}, "params:seed": 0}
        )
    assert done == []
    small.run(whole, changes={"params:noise": noise, "params:seed": 0})
    assert done == [0]


def test_other_images_are_refused_as_soon_as_they_are_made(small):
    small.tune(FIRST)
    normalize = node(lambda: IMAGES + 1, None, "train_images", name="normalize")
    first = node(lambda _: 1, "train_images", "slow", name="a_first_training")

    with pytest.raises(ProjectError, match="dae was tuned on other training images"):
        small.run(Pipeline([normalize, first]) + training("dae"))
