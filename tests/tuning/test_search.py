"""The search on studies of SQLite, with trainings of no time."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.tuning.search import search
from tests.tuning.recipes import own_recipe, tuning
from tests.tuning.stubs import Interrupting, some_data, stub

DATA = some_data()


def trials(folder, train=stub, **changes) -> pd.DataFrame:
    return search(DATA, own_recipe(), tuning(**changes), Studies(folder), train)


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        one.drop(columns="seconds"), other.drop(columns="seconds"), check_exact=True
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> pd.DataFrame:
    return trials(tmp_path_factory.mktemp("whole"), trials=14)


def test_the_first_trial_is_the_lane_s_recipe_and_the_best_is_better(whole):
    assert whole["trial"].tolist() == list(range(14))
    own = whole.iloc[0]
    values = own[["learning_rate", "batch_size", "options.width", "steps"]]
    assert values.tolist() == [0.02, 16, 8, 8]
    complete = whole[whole["state"] == "complete"]
    folds = complete[["fold_0", "fold_1", "fold_2"]]
    assert (complete["mean"] == folds.mean(axis=1)).all()
    assert np.allclose(complete["sd"], folds.std(axis=1))
    assert complete["mean"].max() > own["mean"] + 0.05


def test_bad_trials_are_ended_early_and_diverging_ones_say_why(whole):
    pruned, complete = (whole[whole["state"] == one] for one in ("pruned", "complete"))
    assert len(pruned) > 1
    assert pruned["fold_2"].isna().all()
    assert pruned["mean"].isna().all()
    assert pruned["fold_0"].max() < complete["fold_0"].median()

    (failed,) = whole[whole["state"] == "failed"].to_dict("records")
    assert failed["learning_rate"] > 0.08
    assert failed["reason"].endswith("the loss became nan")


def test_a_study_that_was_interrupted_goes_on_as_if_it_had_not_been(tmp_path, whole):
    interrupting = [
        # In the first fold of the lane's own recipe, in the last of another trial, and
        # at last by an error.
        Interrupting(1, KeyboardInterrupt()),
        Interrupting(3 * 4, KeyboardInterrupt()),
        Interrupting(8, ValueError()),
    ]
    for train in interrupting:
        with pytest.raises(type(train.error)):
            trials(tmp_path, train, trials=14)
    done = [label for train in interrupting for label in train.folds]

    last = Interrupting(0, KeyboardInterrupt())
    same(trials(tmp_path, last, trials=14), whole)

    assert len(done + last.folds) == len(set(done + last.folds)), "trained again"


@pytest.mark.slow
def test_a_study_can_be_made_longer_and_asked_for_fewer(tmp_path, whole):
    same(trials(tmp_path, trials=6), whole[:6])
    same(trials(tmp_path, trials=14), whole)

    nothing = Interrupting(1, AssertionError())
    same(trials(tmp_path, nothing, trials=6), whole[:6])


@pytest.mark.slow
def test_a_search_that_is_asked_to_stop_puts_its_trial_back(tmp_path, whole):
    studies = Studies(tmp_path)

    def train(data, fold, recipe, label, on_record):
        if label.startswith("Trial 1, fold 1"):
            studies.stop()
        return stub(data, fold, recipe, label, on_record)

    with pytest.raises(KeyboardInterrupt):
        search(DATA, own_recipe(), tuning(trials=14), studies, train)
    same(trials(tmp_path, trials=3), whole[:3])


def test_no_trial_begins_after_the_time_is_over_but_one_does(tmp_path):
    assert len(trials(tmp_path, seconds=1e-9)) == 1
    assert len(trials(tmp_path, seconds=1e-9)) == 1


@pytest.mark.slow
def test_all_trials_have_equal_work_or_equal_steps(tmp_path, whole):
    assert whole["steps"].nunique() > 3
    assert set(trials(tmp_path, equal_work=False)["steps"]) == {8}


@pytest.mark.slow
def test_of_the_mse_less_is_better_and_wilcoxon_says_nothing_else(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = trials(tmp_path, trials=14, objective="mse", pruner="wilcoxon")

    complete = table[table["state"] == "complete"]
    assert complete["mean"].min() < table["mean"][0] < 0.02


def test_the_folds_of_a_trial_that_is_not_finished_are_told(tmp_path, caplog):
    with pytest.raises(KeyboardInterrupt):
        trials(tmp_path, Interrupting(3 + 3, KeyboardInterrupt()), trials=2)

    with caplog.at_level(logging.INFO):
        trials(tmp_path, trials=2)

    assert ": 1 of 2 trials are there, and 2 folds of others" in caplog.text


def test_each_trial_is_a_line_and_the_first_tells_how_long_it_takes(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        trials(tmp_path, trials=2)

    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].endswith(".db: 0 of 2 trials are there")
    assert lines[1].startswith("Trial 0 (1 of 2 done): 24.01 dB, ")
    assert lines[1].endswith("; learning_rate 0.02, batch_size 16, options.width 8")
    assert lines[2].startswith("1 more trials: about")
    assert lines[3] == "Best: trial 0, 24.01 dB"
    assert lines[4].startswith("Trial 1 (2 of 2 done): ")
    assert len(lines) == 5 + ("Best: trial 1" in caplog.text)


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        ({"batch_size": {"choices": [16, 41]}}, "a fold leaves only 40"),
        ({"options.layers": {"low": 2, "high": 4}}, "need 9 pixels a side, but .* 8x8"),
    ],
)
def test_values_that_do_not_fit_the_images_are_refused(space, sentence, tmp_path):
    with pytest.raises(ParameterError, match=sentence):
        trials(tmp_path, space=space)
    assert list(tmp_path.iterdir()) == []
