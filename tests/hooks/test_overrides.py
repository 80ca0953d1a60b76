"""Parameters that are overridden, and the runs that do not read them."""

from __future__ import annotations

import pytest
from kedro.framework.startup import bootstrap_project
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.hooks.overrides import (
    parameters_with_effect,
    refuse_parameters_without_effect,
)


def read(values: object, block: object) -> object:
    return values


PIPELINE = Pipeline([node(read, ["values", "params:noise"], "result", name="read")])
NESTED = Pipeline([node(read, ["values", "params:dae.device"], "result", name="read")])


@pytest.fixture(autouse=True, scope="module")
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
def test_parameters_that_a_node_reads_are_accepted(overridden, pipeline):
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


def test_only_overrides_that_a_run_reads_have_an_effect():
    overridden = {"noise": {"std": 0.1}, "dae": {"steps": 3}, "data_root": "x"}

    assert dict(parameters_with_effect(overridden, PIPELINE)) == {
        "noise.std": 0.1, "data_root": "x",
    }  # fmt: skip
