"""Which trials of a study have a place, after interruptions and deaths."""

from __future__ import annotations

from typing import Any

import numpy as np
import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from denoising_autoencoder.tuning.trials import (
    REASON,
    RECORDS,
    STEPS,
    STOPPED,
    SURPLUS,
    continued,
    counted,
    in_places,
    place_of,
    trials_table,
)
from tests.tuning.recipes import tuning

FAIL, WAITING, COMPLETE = TrialState.FAIL, TrialState.WAITING, TrialState.COMPLETE


def study(*rows: tuple[TrialState, list[int], dict[str, Any]]) -> list[FrozenTrial]:
    """Trials with a state, the numbers of those that they continue, and attributes."""
    made = optuna.create_study()
    for state, history, attributes in rows:
        made.add_trial(
            create_trial(
                state=state,
                value=25.0 if state == COMPLETE else None,
                user_attrs=attributes,
                system_attrs={"retry_history": history} if history else {},
            )
        )
    return made.get_trials()


def test_an_interrupted_trial_leaves_its_place_to_its_first_copy():
    trials = study(
        (FAIL, [], {STEPS: 8}),  # interrupted, and copied by two processes at once
        (COMPLETE, [], {}),
        (FAIL, [], {SURPLUS: True}),
        (FAIL, [], {REASON: "the loss became nan"}),
        (WAITING, [0], {}),
        (WAITING, [0], {}),
        (FAIL, [], {STEPS: 8}),  # not copied yet: its place is not free
    )

    assert [trial.number for trial in in_places(trials)] == [4, 1, 3, 6]
    assert [place_of(trials[number], trials) for number in (4, 3, 6)] == [0, 2, 3]
    assert [trial.number for trial in counted(trials, 4)] == [1, 3]
    assert trials_table(trials, tuning())["trial"].tolist() == [1, 2]


def test_the_second_copy_goes_on_if_the_first_is_interrupted_too():
    trials = study((FAIL, [], {}), (FAIL, [0], {}), (WAITING, [0], {}))

    assert [trial.number for trial in in_places(trials)] == [2]


def test_a_copy_has_the_folds_and_has_not_begun():
    done = {"fold_0": 25.5, "seconds_0": 2.0, RECORDS: [(1, 25.0)], "own": True}
    (first, second) = study(
        (FAIL, [], {STOPPED: True}), (FAIL, [0], {**done, STEPS: 8, STOPPED: True})
    )

    copy = continued(second, [first, second], ())

    assert copy.state == WAITING
    assert copy.user_attrs == done
    assert copy.system_attrs["retry_history"] == [0, 1]


@pytest.mark.parametrize(
    ("first", "state"),
    [
        ({}, FAIL),
        ({STOPPED: True}, WAITING),  # by Ctrl-C, for one
        ({"fold_1": 25.0}, WAITING),  # in another fold
    ],
)
def test_a_trial_whose_process_died_three_times_in_one_fold_has_failed(first, state):
    trials = study((FAIL, [], first), (FAIL, [0], {}), (FAIL, [0, 1], {}))

    copy = continued(trials[2], trials, ())

    assert copy.state == state
    reason = "its process died 3 times in one fold" if state == FAIL else None
    assert copy.user_attrs.get(REASON) == reason


def test_a_column_of_nothing_but_none_is_one_of_missing_numbers():
    space = {"noisy_inputs": {"choices": [None, 8]}, "loss": {"choices": ["l1", "mse"]}}
    choices = {
        name: optuna.distributions.CategoricalDistribution(values["choices"])
        for name, values in space.items()
    }
    trial = create_trial(
        params={"noisy_inputs": None, "loss": "l1"}, distributions=choices, value=25.0
    )

    table = trials_table([trial], tuning(space=space))

    assert table["noisy_inputs"].dtype == np.float64
    assert table["loss"].tolist() == ["l1"]
