"""Every registered pipeline against the catalog of the project."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from kedro.framework.context import KedroContext
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.lanes import lanes_of
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters import check_parameters
from denoising_autoencoder.pipeline_registry import register_pipelines

NAMES = [
    "__default__", "denoise", "report_lanes", "data_engineering", "training",
    "reporting", "baselines", "codes", "compare", "inference", "tuning", "photo",
    "photo_grey",
]  # fmt: skip

NOT_SAVED = {
    "image_source", "checkpoints", "provenance", "scores_a", "scores_b",
    "noisy_pictures", "tuning_studies", "models_for_pictures", "denoised_pictures",
    "tuning_results",
}  # fmt: skip

KEDRO_LAYERS = {
    "raw", "intermediate", "primary", "model_input", "models", "model_output",
    "reporting",
}  # fmt: skip


@pytest.fixture(scope="module")
def context(project, tmp_path_factory) -> Iterator[KedroContext]:
    bootstrap_project(project)
    root = tmp_path_factory.mktemp("data")
    with KedroSession.create(
        project, runtime_params={"data_root": str(root)}
    ) as session:
        yield session.load_context()


@pytest.fixture(scope="module")
def catalog(context) -> CatalogProtocol:
    return context.catalog  # made anew each time it is asked for


def datasets(name: str) -> set[str]:
    return {
        dataset
        for dataset in register_pipelines()[name].datasets()
        if not dataset.startswith("params:")
    }


def all_datasets() -> set[str]:
    return set().union(*(datasets(name) for name in NAMES))


def test_the_registered_pipelines_are_those_of_the_documentation():
    assert sorted(register_pipelines()) == sorted(NAMES)


def test_every_dataset_is_in_the_catalog_versioned_and_atomic(catalog):
    for dataset in all_datasets() - NOT_SAVED:
        entry = catalog[dataset]
        assert isinstance(entry, AtomicDataset), dataset
        assert entry._version is not None, dataset


def test_every_dataset_is_described_has_a_layer_and_can_be_previewed(catalog):
    for dataset in all_datasets():
        entry = catalog[dataset]
        assert entry.metadata["description"].endswith("."), dataset
        assert entry.metadata["kedro-viz"]["layer"] in KEDRO_LAYERS, dataset
        if not isinstance(entry, AtomicDataset):  # which asks its inner dataset
            assert callable(entry.preview), dataset


def test_no_two_datasets_share_a_file(catalog):
    together = ("denoise", "baselines", "tuning")
    names = set().union(*map(datasets, together)) - {"provenance", "tuning_results"}
    entries = [catalog[name] for name in names]

    paths = [str(entry._filepath) for entry in entries]

    assert len(set(paths)) == len(paths)


def test_the_default_is_denoise_which_the_others_are_parts_of_or_apart_from():
    registered = register_pipelines()
    everything = set(registered["denoise"].nodes)

    assert set(registered["__default__"].nodes) == everything
    for name in ("data_engineering", "training", "reporting"):
        assert set(registered[name].nodes) <= everything
    engineering = set(registered["data_engineering"].nodes)
    for name in ("codes", "photo", "photo_grey"):
        assert set(registered[name].nodes) & everything == engineering
    for name in ("baselines", "compare", "inference", "tuning"):
        assert not set(registered[name].nodes) & everything
    parts = ("data_engineering", "training", "reporting")
    assert set().union(*(registered[name].nodes for name in parts)) == everything


def test_the_report_s_lanes_are_all_of_denoise_but_the_other_models():
    registered = register_pipelines()
    names = {node.name for node in registered["denoise"].nodes}

    assert {node.name for node in registered["report_lanes"].nodes} == {
        name for name in names if "resunet" not in name
    }


def test_only_trainings_are_in_training():
    names = {node.name for node in register_pipelines()["training"].nodes}

    assert names == {"ae.train", "dae.train", "resunet.train"}


def test_only_the_judgement_of_a_tuning_gets_test_images():
    tuning = register_pipelines()["tuning"]
    of_test = {"test_images", "noisy_test_images", "raw_test_images"}

    readers = {node.name for node in tuning.nodes if of_test & {*node.inputs}}

    assert readers == {"tuning.judge"}
    after = {node.name for node in tuning.from_nodes("tuning.judge").nodes}
    assert after == {"tuning.judge", "tuning.summarize"}, "the score chooses nothing"


def test_every_node_is_named_in_a_namespace_and_documented():
    registered = register_pipelines()
    names = ("baselines", "codes", "compare", "inference", "tuning")
    names += ("photo", "photo_grey")
    others = sum(map(registered.get, names), Pipeline([]))
    for node in (registered["denoise"] + others).nodes:
        assert node.namespace in {
            "data_engineering", "ae", "dae", "resunet", "reporting", "baselines",
            "compare", "inference", "tuning", "photo", "photo_grey", "codes",
            *(lane.name for lane in lanes_of("codes")),
        }  # fmt: skip
        assert node.name.startswith(f"{node.namespace}.")
        assert node.func.__doc__


def test_parameters_reach_the_nodes_checked_and_typed(context, caplog):
    # An annotation that cannot be resolved switches Kedro's validation off for its
    # node, with no more than this warning.
    with caplog.at_level(logging.WARNING):
        parameters = context.params

    assert "Could not extract type hints" not in caplog.text
    raw = context.config_loader["parameters"]
    checked = check_parameters(raw)
    for name in ("images", "split", "ae", "dae", "resunet", "reporting", "inference",
                 "tuning"):  # fmt: skip
        assert parameters[name] == getattr(checked, name)
    # One of several kinds, which Kedro does not type.
    assert read_noise(parameters["noise"]) == checked.noise
    read = {
        dataset.removeprefix("params:").split(".")[0]
        for pipeline in pipelines.values()
        for dataset in pipeline.datasets()
        if dataset.startswith("params:")
    }
    assert read | {"data_root"} == set(raw), "a parameter that no node reads"


def test_the_grids_of_the_baselines_reach_their_node_checked_and_typed(context):
    checked = check_parameters(context.config_loader["parameters"]).baselines

    assert context.params["baselines"]["methods"] == checked.methods


def test_a_search_sees_no_validation_and_no_test_images():
    nodes = register_pipelines()["tuning"].nodes
    (search,) = (node for node in nodes if node.name == "tuning.search")

    assert {name for name in search.inputs if not name.startswith("params:")} == {
        "train_images", "tuning_folds", "noise_spec", "clean_spec", "tuning_studies",
    }  # fmt: skip
