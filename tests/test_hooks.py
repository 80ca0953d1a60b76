"""What is refused before a run's first node."""

from __future__ import annotations

import pytest
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.io.core import Version
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.hooks import (
    refuse_missing_inputs,
    refuse_parameters_without_effect,
)


def read(values: object, block: object) -> object:
    return values


PIPELINE = Pipeline([node(read, ["values", "params:noise"], "result", name="read")])
NESTED = Pipeline([node(read, ["values", "params:dae.device"], "result", name="read")])


@pytest.fixture(autouse=True)
def _registered(project):
    bootstrap_project(project)


@pytest.mark.parametrize(
    ("overridden", "pipeline"),
    [
        (None, PIPELINE),
        ({}, PIPELINE),
        ({"noise": {"std": 0.1}}, PIPELINE),
        ({"data_root": "elsewhere"}, PIPELINE),
        ({"dae": {"device": "cpu"}}, NESTED),
    ],
)
def test_parameters_that_a_node_reads_are_let_through(overridden, pipeline):
    refuse_parameters_without_effect(overridden, pipeline)


@pytest.mark.parametrize(
    ("overridden", "pipeline", "words"),
    [
        ({"noise": {"std": 0.1}}, NESTED, r"noise\.std has no effect.*add_noise"),
        ({"dae": {"steps": 3}}, NESTED, r"dae\.steps has no effect.*dae\.train"),
        ({"split": {"validation_fraction": 0.2}}, PIPELINE, "split_images"),
        ({"noisy": {"std": 1}}, PIPELINE, r"noisy\.std has no effect"),
    ],
)
def test_a_parameter_that_no_node_reads_is_refused(overridden, pipeline, words):
    with pytest.raises(ParameterError, match=words):
        refuse_parameters_without_effect(overridden, pipeline)


def test_what_no_run_has_saved_is_named_with_the_command_that_makes_it(tmp_path):
    values = AtomicDataset(
        filepath=str(tmp_path / "values.json"),
        dataset={"type": "json.JSONDataset"},
        version=Version(None, "2026-01-01T00.00.00.000Z"),
    )
    catalog = DataCatalog({"values": values, "params:noise": MemoryDataset(1)})

    with pytest.raises(ProjectError, match="`kedro run --to-outputs=values`"):
        refuse_missing_inputs(PIPELINE, catalog, {})
    values.save({})
    refuse_missing_inputs(PIPELINE, catalog, {})


def test_a_version_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    def dataset(load: str | None, save: str) -> AtomicDataset:
        return AtomicDataset(
            filepath=str(tmp_path / "values.json"),
            dataset={"type": "json.JSONDataset"},
            version=Version(load, save),
        )

    dataset(None, "2026-01-01T00.00.00.000Z").save({})
    asked = dataset("2025-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z")
    catalog = DataCatalog({"values": asked})

    with pytest.raises(ProjectError) as caught:
        refuse_missing_inputs(PIPELINE, catalog, {"values": "2025-01-01T00.00.00.000Z"})

    assert str(caught.value) == (
        "There is no version 2025-01-01T00.00.00.000Z of values; "
        "there are: 2026-01-01T00.00.00.000Z."
    )
