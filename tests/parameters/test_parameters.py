from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.parameters import Parameters, check_parameters
from denoising_autoencoder.parameters.data_engineering import ImagesParameters
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.settings import CONFIG_LOADER_ARGS

CONFIGURATION = Path(__file__).parents[2] / "conf"
MISSING = object()


def load(environment: str) -> dict[str, Any]:
    loader = OmegaConfigLoader(
        str(CONFIGURATION), env=environment, **CONFIG_LOADER_ARGS
    )
    return loader["parameters"]


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return load("base")


def changed(parameters: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Parameters with values set, or taken out, at dotted names."""
    result = copy.deepcopy(parameters)
    for name, value in changes.items():
        *blocks, last = name.split(".")
        block = result
        for part in blocks:
            block = block[part]
        if value is MISSING:
            del block[last]
        else:
            block[last] = value
    return result


def refusal(parameters: dict[str, Any]) -> str:
    with pytest.raises(ParameterError) as caught:
        check_parameters(parameters)
    return str(caught.value)


# The configurations of the project


@pytest.mark.parametrize("environment", ["base", "report", "long", "quick", "test"])
def test_each_configuration_of_the_project_is_accepted_as_it_stands(environment):
    raw = load(environment)

    checked = check_parameters(raw)

    assert isinstance(checked, Parameters)
    for lane in ("ae", "dae", "resunet"):
        # Completed by the network's defaults.
        given, whole = raw[lane].pop("options"), getattr(checked, lane).options
        assert whole == check_options(raw[lane]["network"], whole | given).model_dump(
            mode="json"
        )
    exclude = {"data_root": True, "compared_lane": True} | {
        lane: {"options"} for lane in ("ae", "dae", "resunet")
    }
    assert checked.model_dump(exclude=exclude) == raw


def test_an_option_that_is_null_is_the_network_s_own_or_none():
    raw = load("quick")
    assert check_parameters(raw).dae.options["linear_start"] is True

    raw["dae"]["options"]["linear_start"] = None
    assert check_parameters(raw).dae.options["linear_start"] is False
    raw["dae"]["network"] = "ffdnet"
    assert check_parameters(raw).dae.options == {"width": 64, "layers": 8}


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
        threads=1,
    )


@pytest.mark.parametrize("environment", ["report", "test"])
def test_an_environment_changes_the_recipe_and_leaves_the_noise_alone(environment):
    base, other = check_parameters(load("base")), check_parameters(load(environment))

    assert other.noise == base.noise
    assert other.split == base.split
    assert other.reporting.examples == base.reporting.examples
    assert other.ae.steps != base.ae.steps


def test_the_long_environment_trains_a_wider_resunet_and_changes_nothing_else():
    base, long = check_parameters(load("base")), check_parameters(load("long"))

    assert long.model_copy(update={"resunet": base.resunet}) == base
    ours, default = long.resunet, base.resunet
    assert ours.options == {**default.options, "widths": [64, 128]}
    changes = {name: getattr(default, name) for name in ("steps", "learning_rate")}
    assert ours.model_copy(update={**changes, "options": default.options}) == default
    assert ours.steps > default.steps


@pytest.mark.parametrize("lane", ["ae", "dae"])
def test_the_base_recipe_takes_no_more_than_the_course_report_s(lane):
    base, report = (
        getattr(check_parameters(load(name)), lane) for name in ("base", "report")
    )

    assert base.network == report.network
    assert base.batch_size == report.batch_size
    assert base.steps <= report.steps
    assert base.epochs is None


def test_the_lanes_of_the_base_configuration_differ_in_title_and_steps_alone():
    checked = check_parameters(load("base"))

    as_dae = {"title": "DAE", "steps": checked.dae.steps}
    assert checked.ae.model_copy(update=as_dae) == checked.dae


def test_the_test_configuration_is_tiny_and_needs_no_network_and_no_gpu():
    checked = check_parameters(load("test"))

    assert checked.images.source == "sample"
    assert {checked.ae.device, checked.dae.device} == {"cpu"}
    assert max(checked.ae.steps, checked.dae.steps) <= 100


# What is accepted


@pytest.mark.parametrize(
    "changes",
    [
        {"images.source": "npz", "images.path": "faces.npz", "images.name": "faces"},
        {"images.source": "cifar10"},
        {"ae.epochs": 0.5},
        {"ae.optimizer": "sgd", "ae.momentum": 0},
        {"ae.optimizer": "adamw", "ae.schedule": "cosine"},
        {"ae.weight_decay": 0},
        {"ae.learning_rate": 10},
        {"noise.std": 2},
        {"noise.clamp": False},
        {"reporting.examples": 1},
        {"reporting.examples": 20},
        {"dae.device": "cuda"},
        {"data_root": "elsewhere/artifacts"},
    ],
)
def test_values_within_their_bounds_are_accepted_and_kept(base, changes):
    checked = check_parameters(changed(base, changes)).model_dump()

    for name, value in changes.items():
        block = checked
        for part in name.split("."):
            block = block[part]
        assert block == value


def test_images_path_and_name_may_be_left_out(base):
    short = changed(base, {"images.path": MISSING, "images.name": MISSING})

    assert check_parameters(short).images == ImagesParameters(source="auto")


def test_checked_parameters_cannot_be_changed(base):
    checked = check_parameters(base)

    with pytest.raises(ValueError, match="frozen"):
        checked.noise.std = 0.5


# What is refused


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        # Unknown names
        ({"nois": {"std": 1}}, ["unknown parameter nois ", "did you mean noise?"]),
        ({"sed": 3}, ["unknown parameter sed ", "did you mean seed?"]),
        (
            {"zzz": 1},
            ["unknown parameter zzz ", "known: data_root, seed, images, split, noise"],
        ),
        ({"noise.sdt": 0.3}, ["unknown parameter noise.sdt ", "did you mean std?"]),
        (
            {"noise.variance": 0.1},
            ["unknown parameter noise.variance ", "known: kind, std, clamp"],
        ),
        (
            {"dae.learningrate": 0.1},
            ["unknown parameter dae.learningrate ", "did you mean learning_rate?"],
        ),
        (
            {"ae.batchsize": 8},
            ["unknown parameter ae.batchsize ", "did you mean batch_size?"],
        ),
        (
            {"split.validation_frac": 0.2},
            ["split.validation_frac ", "did you mean validation_fraction?"],
        ),
        # Missing ones
        ({"noise": MISSING}, ["parameter noise is missing"]),
        ({"seed": MISSING}, ["parameter seed is missing"]),
        ({"dae": MISSING}, ["parameter dae is missing"]),
        ({"ae.steps": MISSING}, ["parameter ae.steps is missing"]),
        # Of another type
        ({"noise": 3}, ["noise = 3", "a block of kind, std, clamp"]),
        ({"reporting": None}, ["reporting = null", "a block of examples"]),
        ({"ae.steps": "many"}, ["ae.steps = 'many'", "valid integer"]),
        ({"ae.steps": 1.5}, ["ae.steps = 1.5", "valid integer"]),
        ({"ae.batch_size": True}, ["ae.batch_size = true", "valid integer"]),
        ({"seed": None}, ["seed = null", "valid integer"]),
        ({"noise.std": "big"}, ["noise.std = 'big'", "valid number"]),
        ({"noise.std": True}, ["noise.std = true", "valid number"]),
        ({"noise.std": [0.1, 0.2]}, ["noise.std = [0.1, 0.2]", "valid number"]),
        ({"noise.clamp": "maybe"}, ["noise.clamp = 'maybe'", "valid boolean"]),
        ({"dae.title": 5}, ["dae.title = 5", "valid string"]),
        ({"images.path": 5}, ["images.path = 5", "valid string"]),
        # Out of bounds
        ({"noise.std": 0}, ["noise.std = 0", "greater than 0"]),
        ({"noise.std": -0.1}, ["noise.std = -0.1", "greater than 0"]),
        ({"noise.std": 2.01}, ["noise.std = 2.01", "less than or equal to 2"]),
        ({"noise.std": math.nan}, ["noise.std = nan", "finite number"]),
        ({"ae.learning_rate": math.inf}, ["ae.learning_rate = inf", "finite number"]),
        ({"ae.learning_rate": 0}, ["ae.learning_rate = 0", "greater than 0"]),
        ({"ae.learning_rate": 10.1}, ["ae.learning_rate = 10.1", "equal to 10"]),
        ({"ae.steps": 0}, ["ae.steps = 0", "greater than or equal to 1"]),
        ({"ae.epochs": 0}, ["ae.epochs = 0", "greater than 0"]),
        ({"ae.batch_size": 0}, ["ae.batch_size = 0", "greater than or equal to 1"]),
        ({"ae.weight_decay": -1e-5}, ["ae.weight_decay = -1e-05", "or equal to 0"]),
        ({"ae.weight_decay": 1.5}, ["ae.weight_decay = 1.5", "or equal to 1"]),
        ({"ae.momentum": 1}, ["ae.momentum = 1", "less than 1"]),
        ({"ae.momentum": -0.1}, ["ae.momentum = -0.1", "or equal to 0"]),
        ({"ae.validation_interval": 0}, ["ae.validation_interval = 0", "equal to 1"]),
        ({"ae.threads": 0}, ["ae.threads = 0", "greater than or equal to 1"]),
        ({"ae.seed": -1}, ["ae.seed = -1", "greater than or equal to 0"]),
        ({"seed": -1}, ["seed = -1", "greater than or equal to 0"]),
        (
            {"split.validation_fraction": 0},
            ["split.validation_fraction = 0", "greater than 0"],
        ),
        (
            {"split.validation_fraction": 1},
            ["split.validation_fraction = 1", "less than 1"],
        ),
        ({"reporting.examples": 0}, ["reporting.examples = 0", "or equal to 1"]),
        ({"reporting.examples": 21}, ["reporting.examples = 21", "or equal to 20"]),
        ({"dae.title": ""}, ["dae.title = ''", "at least 1 character"]),
        ({"data_root": ""}, ["data_root = ''", "at least 1 character"]),
        # None of the choices
        (
            {"images.source": "cifar100"},
            ["images.source = 'cifar100'", "'auto', 'cifar10', 'sample' or 'npz'"],
        ),
        ({"noise.kind": "poisson"}, ["noise.kind = 'poisson'", "'gaussian'"]),
        ({"ae.network": "unet"}, ["ae.network = 'unet'", "'report'"]),
        ({"ae.optimizer": "Adam"}, ["ae.optimizer = 'Adam'", "'adam'", "'sgd'"]),
        ({"ae.schedule": "step"}, ["ae.schedule = 'step'", "'cosine'", "'one_cycle'"]),
        ({"ae.device": "gpu"}, ["ae.device = 'gpu'", "'auto', 'cpu' or 'cuda'"]),
        # What does not go together
        ({"images.source": "npz"}, ["images.source=npz needs images.path"]),
        (
            {"images.source": "npz", "images.path": ""},
            ["images.source=npz needs images.path"],
        ),
        (
            {"images.source": "cifar10", "images.path": "x.npz"},
            ["images.path", "belong to images.source=npz", "images.source=cifar10"],
        ),
        (
            {"images.name": "faces"},
            ["images.name", "belong to images.source=npz", "images.source=auto"],
        ),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_name_and_what_is_wrong(
    base, changes, words
):
    message = refusal(changed(base, changes))

    for word in words:
        assert word in message
    # One sentence, about this parameter alone.
    assert message.startswith("Nothing was run: ")
    assert "\n" not in message
    assert message.endswith(".")


@pytest.mark.parametrize("value", [0.05, 0, None])
def test_a_parameter_that_left_is_named_with_the_reason_whatever_its_value(base, value):
    assert refusal(changed(base, {"resunet.ema_half_life": value})) == (
        "Nothing was run: resunet.ema_half_life left in 0.2: it was 0 in every recipe "
        "and gained nothing (docs/ablation.md): remove it."
    )


def test_all_errors_are_reported_at_once_a_line_each(base):
    wrong = changed(
        base,
        {
            "noise.std": -1,
            "noise.sdt": 1,
            "ae.steps": "many",
            "dae.seed": MISSING,
            "images.source": "npz",
            "repoting": {},
        },
    )

    message = refusal(wrong)

    first, *lines = message.splitlines()
    assert first == "Nothing was run: 6 parameters are wrong:"
    assert len(lines) == 6
    assert all(line.startswith("- ") for line in lines)
    for word in (
        "noise.std = -1",
        "noise.sdt",
        "ae.steps",
        "dae.seed is missing",
        "needs images.path",
        "did you mean reporting?",
    ):
        assert sum(word in line for line in lines) == 1


def test_one_wrong_value_in_each_lane_is_named_with_its_lane(base):
    message = refusal(changed(base, {"ae.batch_size": 0, "dae.batch_size": 0}))

    assert "- ae.batch_size = 0" in message
    assert "- dae.batch_size = 0" in message


def test_every_block_says_what_it_is_and_refuses_unknown_names():
    blocks = [
        field.annotation
        for field in Parameters.model_fields.values()
        if hasattr(field.annotation, "model_fields")
    ]

    assert len(blocks) == 8
    for block in blocks:
        assert block.__doc__
        assert block.model_config["extra"] == "forbid"


def test_checking_leaves_the_parameters_as_they_were(base):
    before = copy.deepcopy(base)

    check_parameters(base)

    assert base == before
