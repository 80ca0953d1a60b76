"""What a tuning reports, in values and in words."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from denoising_autoencoder.pipelines.tuning.report import describe_choice, summarize
from denoising_autoencoder.pipelines.tuning.summary import TABLES
from denoising_autoencoder.tuning.recipe import OWN, Candidate, TunedRecipe
from tests.tuning.chosen import judged, own_block, tuned_recipe
from tests.tuning.recipes import tuning

TRIALS = pd.DataFrame(
    {
        "trial": [0, 1, 2],
        "state": ["complete", "complete", "pruned"],
        "seconds": [10.0, 12.0, 3.5],
    }
)
IMPORTANCES = pd.DataFrame(
    {"parameter": ["learning_rate", "options.width"], "importance": [0.8, 0.2]}
)


def report(project: Path, tuned: TunedRecipe, judgement: pd.DataFrame) -> Any:
    """What a tuning found."""
    return summarize(
        TRIALS,
        tuned.model_dump(mode="json"),
        judgement,
        IMPORTANCES,
        {"name": "CIFAR-10"},
        tuning(),
        dae=own_block(project),
    )


def own_chosen(project: Path, *others: Candidate) -> TunedRecipe:
    own = own_block(project)
    candidates = [Candidate(recipe=OWN, mean=26.1), *others]
    values = own.model_dump(mode="json", exclude={*own.without_effect})
    return tuned_recipe(own, recipe=OWN, values=values, candidates=candidates)


@pytest.mark.parametrize(
    ("trial", "expected"),
    [
        (
            [26.3, 26.4, 26.5],
            (
                "On the test images, trained by 3 seeds, the choice is 0.30 dB better "
                "than the lane's own recipe: 26.40 against 26.10 dB; difference +0.18 "
                "to +0.42 (95 %), p = 0.009."
            ),
        ),
        (
            [26.3, 25.9, 26.4],
            (
                "On the test images, trained by 3 seeds, the choice is 0.10 dB better "
                "than the lane's own recipe, which may be chance: 26.20 against"
            ),
        ),
        (
            [25.7, 25.6, 25.9],
            (
                "On the test images, trained by 3 seeds, the choice is 0.37 dB worse "
                "than the lane's own recipe: 25.73 against 26.10 dB"
            ),
        ),
    ],
)
def test_the_verdict_of_the_test_says_how_sure_it_is(project, trial, expected):
    tuned = tuned_recipe(own_block(project))

    found = report(project, tuned, judged(own=[26.05, 26.1, 26.15], trial=trial))

    assert found["verdict"][0] == (
        "Trial 7 is better than the lane's own recipe in new trainings on the same "
        "folds: +0.20 dB, 95 % interval +0.10 to +0.30, p = 0.002."
    )
    assert found["verdict"][1].startswith(expected)
    assert found["test"]["trial 7"]["steps"] == 1700
    assert found["difference"]["mean"] == pytest.approx(sum(trial) / 3 - 26.1)


def test_if_the_own_recipe_stays_only_it_is_judged(project):
    close = Candidate(
        recipe="trial 7", mean=26.12, difference=0.02, low=-0.1, high=0.14, p_value=0.9
    )
    lost = Candidate(recipe="trial 9", mean=None)

    found = report(
        project, own_chosen(project, close, lost), judged(own=[26.0, 26.1, 26.2])
    )

    assert found["verdict"] == [
        (
            "No better recipe was found: none of the 2 best trials is certainly better "
            "than the lane's own recipe in new trainings on the same folds (trial 7: "
            "+0.02 dB, 95 % interval -0.10 to +0.14, p = 0.900)."
        ),
        (
            "On the test images the lane's own recipe, trained by 3 seeds, has 26.10 "
            "dB (95 % interval 25.85 to 26.35)."
        ),
    ]
    assert found["difference"] is None
    assert found["trials"] == {"complete": 2, "pruned": 1, "failed": 0}
    assert found["seconds"] == 25.5


@pytest.mark.parametrize(
    ("psnr", "recipe"),
    [
        ({"own": [26.0, 26.1], "trial": [26.3, math.nan]}, "trial 7"),
        ({"own": [26.0, math.nan], "trial": [26.3, 26.4]}, "the lane's own recipe"),
    ],
)
def test_a_training_that_diverged_leaves_the_judgement_open(project, psnr, recipe):
    found = report(project, tuned_recipe(own_block(project)), judged(**psnr))

    assert found["verdict"][1] == (
        f"The test images decide nothing: a training of {recipe} diverged."
    )
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found["difference"].values()) == {None}
    assert " ".join(printed("tuning_report", found)).count("- - -") == 1


def test_the_own_recipe_is_named_where_it_was_the_one_that_diverged(project):
    tuned = own_chosen(project, Candidate(recipe="trial 9", mean=26.0))
    lost = tuned.candidates[0].model_copy(update={"mean": None})
    tuned = tuned.model_copy(update={"candidates": [lost, tuned.candidates[1]]})

    assert describe_choice(tuned).endswith(
        "(trial 9: a training of the lane's own recipe diverged)."
    )


def test_one_candidate_that_is_not_better_is_said_so(project):
    worse = Candidate(
        recipe="trial 7", mean=26, difference=-0.1, low=-0.2, high=0.0, p_value=0.05
    )

    assert describe_choice(own_chosen(project, worse)).startswith(
        "No better recipe was found: the best trial is not certainly better than"
    )


def test_without_any_candidate_the_own_recipe_stays(project):
    assert describe_choice(own_chosen(project)) == (
        "No trial but that of the lane's own recipe was complete, so this one stays."
    )


def test_a_report_is_json_that_kedro_viz_can_show(project):
    unknown = IMPORTANCES.assign(importance=float("nan"))
    tuned = own_chosen(project, Candidate(recipe="trial 9", mean=None))

    found = summarize(
        TRIALS,
        tuned.model_dump(mode="json"),
        judged(own=[26.0, 26.0]),
        unknown,
        {"name": "CIFAR-10"},
        tuning(),
        dae=own_block(project),
    )

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["importances"] == {"learning_rate": None, "options.width": None}


def printed(name: str, content: Any) -> list[str]:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(TABLES[name](content))
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def test_the_end_of_a_run_shows_candidates_and_verdict(project):
    tuned = tuned_recipe(own_block(project))

    lines = printed("tuned_recipe", tuned.model_dump(mode="json"))

    assert "own 26.10 - - - -" in lines
    assert "trial 7 26.30 +0.20 0.10 0.30 0.002" in lines
    assert "Trial 7 is better than the lane's own recipe in new trainings" in " ".join(
        lines
    )


def test_the_end_of_a_run_shows_the_test_scores(project):
    tuned = tuned_recipe(own_block(project))
    found = report(project, tuned, judged(own=[26.0, 26.2], trial=[26.3, 26.5]))

    lines = printed("tuning_report", found)

    assert "own 26.10 24.83 27.37 0.800 3,000 0.4" in lines
    assert "trial 7 26.40 25.13 27.67 0.800 1,700 0.4" in lines
    # Two equal differences have no spread.
    assert "26.10 dB; the difference has no interval." in " ".join(lines)
