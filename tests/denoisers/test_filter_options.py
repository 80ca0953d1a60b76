"""The grids of the baselines, as a configuration has them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader

from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.parameters import check_parameters
from denoising_autoencoder.settings import CONFIG_LOADER_ARGS


@pytest.fixture(scope="module")
def base(project) -> dict[str, Any]:
    loader = OmegaConfigLoader(str(project / "conf"), env="base", **CONFIG_LOADER_ARGS)
    return loader["parameters"]


def with_methods(parameters: dict[str, Any], **methods: Any) -> dict[str, Any]:
    result = copy.deepcopy(parameters)
    result["baselines"]["methods"] |= methods
    return result


def test_the_base_configuration_tries_every_method(base):
    methods = check_parameters(base).baselines.methods

    assert list(methods.model_dump(exclude_none=True)) == list(FILTERS)


def test_null_leaves_a_method_out(base):
    checked = check_parameters(with_methods(base, bm3d=None, tv=None))

    left = set(checked.baselines.methods.model_dump(exclude_none=True))
    assert left == set(FILTERS) - {"bm3d", "tv"}


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (
            {"wiener": {"size": [3]}},
            "unknown parameter baselines.methods.wiener (known: gaussian, median, ",
        ),
        (
            {"tv": {"weights": [1.0], "weight_factor": [1.0]}},
            "baselines.methods.tv.weights (did you mean weight_factor?)",
        ),
        ({"tv": {}}, "baselines.methods.tv.weight_factor is missing"),
        ({"tv": [1.0]}, "should be a block of weight_factor"),
        (
            {"tv": {"weight_factor": []}},
            "weight_factor = []: list should have at least",
        ),
        (
            {"tv": {"weight_factor": [0.0]}},
            "weight_factor.0 = 0.0: input should be gre",
        ),
        ({"tv": {"weight_factor": ["much"]}}, "weight_factor.0 = 'much': input"),
        ({"median": {"size": [4]}}, "size.0 = 4: input should be 3, 5, 7 or 9"),
        ({"bm3d": {"sigma_factor": [float("nan")], "nf": [16]}}, "finite number"),
    ],
)
def test_what_no_filter_can_be_told_is_refused(base, methods, message):
    with pytest.raises(ParameterError) as caught:
        check_parameters(with_methods(base, **methods))

    assert message in str(caught.value)
