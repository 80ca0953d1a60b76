from __future__ import annotations

import optuna
import pytest

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.parameters import check_parameters
from denoising_autoencoder.tuning.changes import apply_changes
from denoising_autoencoder.tuning.space import Space, as_plain, changes_of_row
from tests.parameters.test_parameters import load
from tests.tuning.recipes import own_recipe, tuning

RESUNET = {"network": "resunet", "options": {"widths": [4, 8]}}


def test_a_trial_gets_values_that_the_lane_takes():
    own, searched = own_recipe(), tuning().space
    space = Space.of(searched, own, "dae")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))

    changes = [space.suggest(study.ask()) for _ in range(20)]

    for change in changes:
        apply_changes(own, change)
    assert {change["batch_size"] for change in changes} == {4, 16}
    assert {type(change["options.width"]) for change in changes} == {int}
    rates = sorted(change["learning_rate"] for change in changes)
    assert rates[10] < 0.03, "half of them below the middle on a logarithmic scale"


def test_a_list_is_chosen_as_a_whole_and_comes_back_from_a_table():
    own = own_recipe(**RESUNET)
    searched = tuning(
        space={"options": {"widths": {"choices": [[4, 8], [8, 16]]}},
               "noisy_inputs": {"choices": [None, 8]},
               "learning_rate": {"low": 0.01, "high": 0.1},
               "options.blocks": None}
    ).space  # fmt: skip
    space = Space.of(searched, own, "resunet")

    fixed = {"options.widths": "[8, 16]", "noisy_inputs": 8, "learning_rate": 0.05}
    changes = space.suggest(optuna.trial.FixedTrial(fixed))

    assert changes == fixed | {"options.widths": [8, 16]}
    assert space.own_values(own)["options.widths"] == "[4, 8]"
    row = {name: as_plain(value) for name, value in changes.items()}
    assert changes_of_row(row | {"noisy_inputs": 8.0}, searched) == changes
    assert changes_of_row(row | {"noisy_inputs": float("nan")}, searched) == (
        changes | {"noisy_inputs": None}
    )


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        ({"learning_rat": {"low": 0.01, "high": 0.1}}, "did you mean learning_rate"),
        ({"options.widths": {"choices": [1, 2]}}, "did you mean options.width"),
        ({"learning_rate": {"low": 0.01, "high": 11}}, "learning_rate = 11: input"),
        ({"options.width": {"low": 0, "high": 8}}, "width = 0: input should be great"),
        ({"batch_size": {"low": 4.5, "high": 16}}, "takes whole numbers"),
        ({"optimizer": {"low": 1, "high": 2}}, "is not a number: give choices"),
        ({"loss": {"choices": ["psnr", "mae"]}}, "loss = 'mae': input should be"),
        ({"seed": {"choices": [0, 1]}}, "cannot be tuned, since the best of many"),
        ({"loss": {"choices": ["mse", "l1"]}}, "leaves out dae.loss = psnr"),
        ({"learning_rate": {"low": 0.03, "high": 0.1}}, "leaves out dae.learning"),
    ],
)
def test_a_space_that_the_lane_does_not_fit_is_refused(space, sentence):
    with pytest.raises(ParameterError, match=sentence):
        Space.of(tuning(space=space).space, own_recipe(), "dae")


@pytest.mark.parametrize(
    ("tuned", "sentence"),
    [
        ({"space": {"learning_rate": {"low": 0.1, "high": 0.01}}}, "not below high"),
        ({"space": {"batch_size": {"choices": []}}}, "two or more"),
        ({"space": {"batch_size": {"choices": [4, 8], "low": 4}}}, "either choices"),
        ({"space": {"batch_size": {"low": 4}}}, "low and high, or choices"),
        ({"space": {"batch_size": {"low": 4, "hgih": 8}}}, "batch_size.low = 4: input"),
        ({"space": {"weight_decay": {"low": 0, "high": 1, "log": True}}}, "above 0"),
        ({"space": {"loss": None}}, "tuning.space is empty"),
        ({"lane": "photo"}, "tuning.lane = 'photo': input should be 'ae', 'dae'"),
        ({"storage": "mysql://a@b/c"}, "should be null, or the address of a Postgre"),
        ({"storage": "postgresql://host/"}, "should be null, or the address of a"),
    ],
)
def test_what_no_lane_could_search_is_refused_with_all_parameters(tuned, sentence):
    raw = load("base")
    if "space" in tuned:
        raw["tuning"]["space"] = {}
    raw["tuning"] |= tuned

    with pytest.raises(ParameterError, match=sentence) as error:
        check_parameters(raw)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "storage",
    [
        "postgresql://ann:s3cret@host/trials",
        "postgresql+psycopg://ann:s3cr/et@host/trials",
        "postgresql://host/trials?user=ann&password=s3cret",
        "postgres://ann:s3cret@host/trials",
        "postgresql://host/trials?user=ann&passw%6Frd=s3cret",
    ],
)
def test_a_password_is_refused_and_not_repeated(storage):
    raw = load("base")
    raw["tuning"]["storage"] = storage

    with pytest.raises(ParameterError, match=r"pgpass.*PGPASSWORD") as error:
        check_parameters(raw)
    assert "s3cr" not in str(error.value)
