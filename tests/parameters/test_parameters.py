"""The configurations of the project, and how they are checked."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader

from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.lanes import LANES
from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.noise.table import KINDS
from denoising_autoencoder.parameters import Parameters, check_parameters
from denoising_autoencoder.parameters.data_engineering import ImagesParameters
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.pipelines.baselines import figure_nodes
from denoising_autoencoder.pipelines.reporting.sections import metrics
from denoising_autoencoder.settings import CONFIG_LOADER_ARGS

CONFIGURATION = Path(__file__).parents[2] / "conf"
LANE_NAMES = [lane.name for lane in LANES]


@cache
def load_once(environment: str) -> dict[str, Any]:
    loader = OmegaConfigLoader(
        str(CONFIGURATION), env=environment, **CONFIG_LOADER_ARGS
    )
    return loader["parameters"]


def load(environment: str) -> dict[str, Any]:
    return copy.deepcopy(load_once(environment))


@pytest.fixture
def base() -> dict[str, Any]:
    return load("base")


# The configurations of the project


@pytest.mark.parametrize(
    "environment",
    ["base", "report", "long", "best", "quick", "test", "photo", "photo_grey"],
)
def test_each_configuration_of_the_project_is_accepted(environment):
    raw = load(environment)

    checked = check_parameters(raw)

    assert isinstance(checked, Parameters)
    for lane in LANE_NAMES:
        # Completed by the network's defaults.
        given, whole = raw[lane].pop("options"), getattr(checked, lane).options
        assert whole == check_options(raw[lane]["network"], whole | given).model_dump(
            mode="json"
        )
    of_no_file = ("data_root", "run_version", "verify", "compared_lane")
    exclude = dict.fromkeys(of_no_file, True) | {
        lane: {"options"} for lane in LANE_NAMES
    }
    exclude["tuning"] = {"space"}  # has dotted names and all fields
    del raw["tuning"]["space"]
    assert checked.model_dump(exclude=exclude) == raw


def test_an_option_that_is_null_takes_the_network_s_default():
    raw = load("quick")
    assert check_parameters(raw).dae.options["linear_start"] is True

    raw["dae"]["options"]["linear_start"] = None
    assert check_parameters(raw).dae.options["linear_start"] is False
    raw["dae"]["network"] = "ffdnet"
    assert check_parameters(raw).dae.options == {
        "channels": 3,
        "width": 64,
        "layers": 8,
        "sigma_map": False,
    }


def test_the_base_configuration_has_the_noise_and_split_of_the_course_report():
    checked = check_parameters(load("base"))

    assert checked.noise.kind == "gaussian"
    assert checked.noise.std**2 == pytest.approx(0.1, rel=1e-4)
    assert checked.noise.clamp is True
    assert checked.split.validation_fraction == 0.1
    assert checked.images == ImagesParameters(source="auto")
    assert checked.data_root == "data"


@pytest.mark.parametrize("lane", ["ae", "dae"])
def test_the_report_configuration_is_the_course_report_s_recipe(lane):
    checked = check_parameters(load("report"))

    assert getattr(checked, lane) == LaneParameters(
        title=lane.upper(),
        network="report",
        steps=8437,
        epochs=None,
        batch_size=16,
        optimizer="adam",
        learning_rate=1e-4,
        schedule="constant",
        weight_decay=1e-5,
        momentum=0.9,
        validation_interval=100,
        checkpoint_seconds=30.0,
        seed=0,
        device="auto",
        threads="auto",
    )


@pytest.mark.parametrize("environment", ["report", "test"])
def test_an_environment_changes_the_recipe_but_not_the_noise(environment):
    base, other = check_parameters(load("base")), check_parameters(load(environment))

    assert other.noise == base.noise
    assert other.split == base.split
    assert other.reporting.examples == base.reporting.examples
    assert other.ae.steps != base.ae.steps


def test_the_long_environment_trains_a_wider_resunet_and_changes_nothing_else():
    base, long = check_parameters(load("base")), check_parameters(load("long"))

    assert long.model_copy(update={"resunet": base.resunet}) == base
    ours, default = long.resunet, base.resunet
    assert ours.options == {**default.options, "widths": [32, 64]}
    changes = {
        name: getattr(default, name) for name in ("steps", "validation_interval")
    }
    assert ours.model_copy(update={**changes, "options": default.options}) == default
    assert ours.steps > default.steps


@pytest.mark.parametrize("lane", ["ae", "dae"])
def test_the_base_recipe_trains_no_longer_than_the_course_report_s(lane):
    base, report = (
        getattr(check_parameters(load(name)), lane) for name in ("base", "report")
    )

    assert base.network == report.network
    assert base.batch_size == report.batch_size
    assert base.steps <= report.steps
    assert base.epochs is None


def test_the_lanes_of_the_base_configuration_differ_only_in_title_and_steps():
    checked = check_parameters(load("base"))

    as_dae = {"title": "DAE", "steps": checked.dae.steps}
    assert checked.ae.model_copy(update=as_dae) == checked.dae


def test_the_test_configuration_is_tiny_and_needs_neither_downloads_nor_a_gpu():
    checked = check_parameters(load("test"))

    assert checked.images.source == "sample"
    assert {checked.ae.device, checked.dae.device} == {"cpu"}
    assert max(checked.ae.steps, checked.dae.steps) <= 100


# Titles


@pytest.mark.parametrize(
    "title", [metrics._UNTOUCHED, *figure_nodes.LABELS.values(), "original"]
)
def test_no_lane_is_called_as_tables_and_figures_call_another_row(base, title):
    base["dae"]["title"] = title

    with pytest.raises(ParameterError, match=r"dae.title is .*: choose another"):
        check_parameters(base)


# Accepted values


def test_images_path_and_name_may_be_left_out(base):
    short = base | {"images": {"source": "auto"}}

    assert check_parameters(short).images == ImagesParameters(source="auto")


def test_the_base_configuration_tries_every_filter_and_null_leaves_one_out(base):
    methods = base["baselines"]["methods"] | {"bm3d": None}
    short = base | {"baselines": base["baselines"] | {"methods": methods}}

    every, fewer = (
        list(check_parameters(raw).baselines.methods.model_dump(exclude_none=True))
        for raw in (base, short)
    )

    assert every == list(FILTERS)
    assert fewer == [name for name in FILTERS if name != "bm3d"]


def test_checked_parameters_cannot_be_changed(base):
    checked = check_parameters(base)

    with pytest.raises(ValueError, match="frozen"):
        checked.noise.std = 0.5


def test_every_block_has_a_docstring_and_refuses_unknown_names():
    blocks = [
        field.annotation
        for field in Parameters.model_fields.values()
        if hasattr(field.annotation, "model_fields")
    ]

    assert len(blocks) == 6 + len(LANES)
    blocks += KINDS.values()
    for block in blocks:
        assert block.__doc__
        assert block.model_config["extra"] == "forbid"


def test_checking_does_not_change_its_input(base):
    before = copy.deepcopy(base)

    check_parameters(base)

    assert base == before
