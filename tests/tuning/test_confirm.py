"""The choice between the best trials and the lane's own recipe, without training."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.tuning import confirm as module
from denoising_autoencoder.tuning.candidates import best_trials, full_recipes
from denoising_autoencoder.tuning.confirm import (
    choose,
    compare,
    confirm,
    overlap_of,
)
from denoising_autoencoder.tuning.fold_training import FoldData, FoldScore
from denoising_autoencoder.tuning.recipe import OWN
from denoising_autoencoder.tuning.statistics import t_test
from tests.tuning.recipes import own_recipe, tuning

FOLDS = np.array([0, 1, 2] * 8, np.int32)
DATA = FoldData(
    np.zeros((24, 8, 8, 3), np.float16),
    FOLDS,
    Gaussian(kind="gaussian", std=0.3, clamp=True),
    noise_seed=0,
)
VALUES = {OWN: {"learning_rate": 0.02}, "trial 4": {"learning_rate": 0.03}}


def stub(data: FoldData, fold: int, recipe: LaneParameters, label: str) -> FoldScore:
    """A PSNR of the fold, of the learning rate, and a little of the seed."""
    if recipe.learning_rate > 0.5:
        raise TrainingDivergedError(f"{label}: the loss became nan.")
    psnr = 25 + fold + 10 * recipe.learning_rate + recipe.seed % 1000 / 1e5
    return FoldScore(psnr + recipe.learning_rate * (fold == 1), 1 / psnr)


def trials(*rows: tuple[int, str, float, float]) -> pd.DataFrame:
    """Trial, state, learning rate and mean of each."""
    table = pd.DataFrame(rows, columns=["trial", "state", "learning_rate", "mean"])
    return table.assign(batch_size=16.0, **{"options.width": 8.0})


def recipes(*rates: float) -> dict[str, LaneParameters]:
    names = [OWN, *(f"trial {number}" for number in range(4, 4 + len(rates) - 1))]
    return {
        name: own_recipe(learning_rate=rate)
        for name, rate in zip(names, rates, strict=True)
    }


def confirmation(own: list[float], other: list[float], **more: Any) -> pd.DataFrame:
    """Scores of the folds of two recipes."""
    rows = [
        {"recipe": name, "repeat": 0, "fold": fold, "psnr": score, "mse": 1 / score}
        for name, scores in ((OWN, own), ("trial 4", other))
        for fold, score in enumerate(scores)
    ]
    return pd.DataFrame(rows)


def test_the_best_complete_trials_are_candidates_each_recipe_once():
    table = trials(
        (0, "complete", 0.02, 25.0),
        (1, "complete", 0.03, 25.4),
        (2, "pruned", 0.09, math.nan),
        (3, "complete", 0.02, 25.9),  # the lane's own, in luck
        (4, "complete", 0.03, 25.3),  # the same as trial 1
        (5, "complete", 0.04, 25.5),
        (6, "complete", 0.05, 25.1),
    )

    best = best_trials(table, tuning(confirm={"best": 2, "repeats": 1}))
    worst = best_trials(
        table, tuning(confirm={"best": 1, "repeats": 1}, objective="mse")
    )

    assert list(best) == ["trial 5", "trial 1"]
    assert best["trial 5"] == {
        "learning_rate": 0.04, "batch_size": 16, "options.width": 8,
    }  # fmt: skip
    assert list(worst) == ["trial 6"]


def test_candidates_are_trained_with_the_work_of_the_lanes_whole_training():
    own = own_recipe(steps=400)
    wide = {"trial 4": {"batch_size": 32, "options.width": 8}}

    equal = full_recipes(own, wide, (24, 8, 8, 3), tuning())
    same_steps = full_recipes(own, wide, (24, 8, 8, 3), tuning(equal_work=False))
    epochs = full_recipes(own_recipe(epochs=3.0), {}, (64, 8, 8, 3), tuning())

    assert (equal[OWN].steps, equal["trial 4"].steps) == (400, 200)
    assert same_steps["trial 4"].steps == 400
    assert epochs[OWN].steps == 12, "three passes over 64 images in batches of 16"


def test_all_recipes_get_the_same_fresh_seeds_one_for_each_fold_and_repetition():
    parameters = tuning(confirm={"best": 1, "repeats": 2})

    table = confirm(DATA, recipes(0.02, 0.03), parameters, {}, stub)

    by_recipe = table.pivot_table(
        index=["repeat", "fold"], columns="recipe", values="seed"
    )
    assert len(by_recipe) == 6
    assert (by_recipe[OWN] == by_recipe["trial 4"]).all()
    assert by_recipe[OWN].nunique() == 6
    first = table[(table["recipe"] == "trial 4") & (table["fold"] == 1)].iloc[0]
    expected = 25 + 1 + 10 * 0.03 + first["seed"] % 1000 / 1e5 + 0.03
    assert first["psnr"] == pytest.approx(expected)


def test_trainings_that_are_done_are_not_done_again():
    finished: dict[str, list[float]] = {}
    whole = confirm(DATA, recipes(0.02, 0.03), tuning(), finished, stub)
    kept = dict(list(finished.items())[:4])
    done = []

    def counting(*task: Any) -> FoldScore:
        done.append(task)
        return stub(*task)

    again = confirm(DATA, recipes(0.02, 0.03), tuning(), dict(kept), counting)
    longer = {OWN: own_recipe(steps=41)}
    confirm(DATA, longer, tuning(), finished, counting)

    pd.testing.assert_frame_equal(again, whole)
    assert len(done) == 2 + 3, "another number of steps is another training"


def test_trainings_are_kept_as_they_finish(monkeypatch):
    def out_of_order(train, tasks, *_):
        for number in (2, 1):
            yield number, train(tasks[number])
        raise KeyboardInterrupt  # while the first one goes on

    finished: dict[str, list[float]] = {}
    with monkeypatch.context() as patch:
        patch.setattr(module, "run_trainings", out_of_order)
        with pytest.raises(KeyboardInterrupt):
            confirm(DATA, recipes(0.02, 0.03), tuning(), finished, stub)
    whole = confirm(DATA, recipes(0.02, 0.03), tuning(), {}, stub)

    assert len(finished) == 2
    again = confirm(DATA, recipes(0.02, 0.03), tuning(), finished, stub)
    pd.testing.assert_frame_equal(again, whole)


def test_a_run_that_is_asked_to_stop_keeps_the_training_under_way():
    finished: dict[str, list[float]] = {}

    with pytest.raises(KeyboardInterrupt):
        confirm(
            DATA, recipes(0.02, 0.03), tuning(), finished, stub, stopped=lambda: True
        )

    assert len(finished) == 1


def test_a_candidate_that_diverges_is_not_chosen():
    table = confirm(DATA, recipes(0.02, 0.9), tuning(), {}, stub)

    own, other = compare(table, VALUES, tuning(), 0.5)

    assert table.loc[table["recipe"] == "trial 4", "psnr"].isna().all()
    assert (other.mean, other.difference, other.low) == (None, None, None)
    assert choose([own, other]) is own


def test_a_difference_is_tested_fold_by_fold_with_the_correction_for_the_overlap():
    table = confirmation([25.0, 27.0, 29.0], [25.3, 27.2, 29.4])

    own, other = compare(table, VALUES, tuning(), overlap_of(FOLDS))

    expected = t_test([0.3, 0.2, 0.4], overlap=0.5)
    assert overlap_of(FOLDS) == 0.5
    assert own.mean == 27
    assert own.difference is None
    assert other.difference == pytest.approx(0.3)
    assert (other.low, other.p_value) == pytest.approx((expected.low, expected.p_value))


def test_repetitions_of_a_fold_are_one_score():
    """They share its images, so that they say less than as many folds."""
    first = confirmation([25.0, 27.0, 29.0], [25.2, 27.1, 29.3])
    second = confirmation([25.0, 27.0, 29.0], [25.4, 27.3, 29.5]).assign(repeat=1)

    _, other = compare(pd.concat([first, second]), VALUES, tuning(), 0.5)

    expected = t_test([0.3, 0.2, 0.4], overlap=0.5)
    assert other.mean == pytest.approx(27.3)
    assert (other.low, other.p_value) == pytest.approx((expected.low, expected.p_value))


def test_of_the_mse_less_is_better():
    table = confirmation([25.0, 27.0, 29.0], [25.3, 27.2, 29.4])

    _, other = compare(table, VALUES, tuning(objective="mse"), 0.5)

    assert other.difference == pytest.approx(
        np.mean([1 / 25 - 1 / 25.3, 1 / 27 - 1 / 27.2, 1 / 29 - 1 / 29.4])
    )


@pytest.mark.parametrize(
    ("gains", "chosen"),
    [
        ([0.30, 0.31, 0.30], "trial 4"),
        ([0.9, 0.1, 0.2], OWN),  # better, but perhaps by chance
        ([-0.30, -0.31, -0.30], OWN),
        ([0.3, 0.3, 0.3], OWN),  # without any spread there is no interval
    ],
)
def test_only_what_is_certainly_better_is_chosen(gains, chosen):
    own = [25.0, 27.0, 29.0]
    table = confirmation(own, [a + b for a, b in zip(own, gains, strict=True)])

    candidates = compare(table, VALUES, tuning(), 0.5)

    assert choose(candidates).recipe == chosen
