"""What a tuning found, as plain values and in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from denoising_autoencoder.evaluation.words import number, p_value
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.pipelines.tuning.nodes import own_recipe
from denoising_autoencoder.tuning.recipe import (
    OWN,
    Candidate,
    TunedRecipe,
    read_tuned_recipe,
)
from denoising_autoencoder.tuning.statistics import Estimate, or_null, t_test

_OWN = "the lane's own recipe"


def summarize(
    trials: pd.DataFrame,
    tuned_recipe: dict[str, Any],
    judgement: pd.DataFrame,
    importances: pd.DataFrame,
    image_info: dict[str, Any],
    parameters: TuningParameters,
    **lanes: Any,
) -> dict[str, Any]:
    """Summarize a tuning.

    Args:
        trials: Table of the trials.
        tuned_recipe: The choice.
        judgement: Scores of the trainings on the test images.
        importances: Importance of each parameter.
        image_info: Name of the images.
        parameters: Lane, folds and so on.
        lanes: The block of parameters of each lane, by its name.

    Returns:
        Plain values: lane, title, images, noise (in words), objective, folds, trials
        (their number by state), seconds (of all trials), recipe (the choice),
        candidates (`recipe.Candidate`), importances (by parameter; null for too few
        trials), test (for each judged recipe: steps, tflop, seeds, and psnr, low, high,
        ssim, mse over the seeds; null if a training diverged), difference (of the PSNR
        over the seeds, choice minus own: mean, low, high, p_value; null if the own
        recipe was chosen), and verdict:
        one sentence of the confirmation, and one of the test.
    """
    tuned = read_tuned_recipe(tuned_recipe, "tuned_recipe")
    gain = _gain(judgement, tuned.recipe)
    test = {
        str(name): _scores_of(table)
        for name, table in judgement.groupby("recipe", sort=False)
    }
    states = trials["state"].value_counts()
    return {
        "lane": tuned.lane,
        "title": own_recipe(parameters, lanes).title,
        "images": image_info["name"],
        "noise": read_noise(tuned.noise).describe(),
        "objective": tuned.objective,
        "folds": parameters.folds,
        "trials": {
            state: int(states.get(state, 0))
            for state in ("complete", "pruned", "failed")
        },
        "seconds": float(trials["seconds"].sum()),
        "recipe": tuned.recipe,
        "candidates": [found.model_dump(mode="json") for found in tuned.candidates],
        "importances": {
            row["parameter"]: or_null(row["importance"])
            for row in importances.to_dict("records")
        },
        "test": test,
        "difference": gain and _as_values(gain),
        "verdict": [describe_choice(tuned), _describe_test(test, gain)],
    }


def describe_choice(tuned: TunedRecipe) -> str:
    """What the confirmation found, in one sentence.

    Args:
        tuned: The choice.
    """
    others = [found for found in tuned.candidates if found.recipe != OWN]
    if not others:
        return f"No trial but that of {_OWN} was complete, so this one stays."
    if tuned.recipe == OWN:
        closest = max(others, key=lambda other: _or_lowest(other.difference))
        none = f"none of the {len(others)} best trials is certainly better than"
        if len(others) == 1:
            none = "the best trial is not certainly better than"
        if all(other.high is not None and other.high < 0 for other in others):
            none = "all of the best trials are certainly worse than"
        return (
            f"No better recipe was found: {none} {_OWN} in new "
            f"trainings on the same folds ({closest.recipe}: "
            f"{difference_in_words(closest, tuned)})."
        )
    chosen = tuned.chosen()
    return (
        f"{chosen.recipe.capitalize()} is better than {_OWN} in new trainings on the "
        f"same folds: {difference_in_words(chosen, tuned)}."
    )


def difference_in_words(candidate: Candidate, tuned: TunedRecipe) -> str:
    """A difference with interval and p-value; for none, whose training diverged."""
    if candidate.difference is None:
        own_diverged = tuned.candidate(OWN).mean is None
        return f"a training{f' of {_OWN}' if own_diverged else ''} diverged"
    digits, unit = (2, " dB") if tuned.objective == "psnr" else (5, "")
    text = f"{number(candidate.difference, digits, sign='+')}{unit}"
    if candidate.p_value is None:
        return f"{text}, without an interval"
    ends = (candidate.low, candidate.high)
    low, high = (number(value, digits, sign="+") for value in ends)
    return f"{text}, 95 % interval {low} to {high}, {_p(candidate.p_value)}"


def _describe_test(test: dict[str, Any], gain: Estimate | None) -> str:
    own = test[OWN]
    for name, scores in test.items():
        if scores["psnr"] is None:
            recipe = _OWN if name == OWN else name
            return f"The test images decide nothing: a training of {recipe} diverged."
    seeds = f"trained by {own['seeds']} seeds"
    if gain is None:
        return (
            f"On the test images {_OWN}, {seeds}, has {own['psnr']:.2f} dB"
            f"{_interval(own['low'], own['high'])}."
        )
    (other,) = (scores for name, scores in test.items() if name != OWN)
    both = f"{other['psnr']:.2f} against {own['psnr']:.2f} dB"
    certain = gain.low > 0 or gain.high < 0
    text = f"{abs(gain.mean):.2f} dB {'better' if gain.mean > 0 else 'worse'}"
    how = "" if certain else ", which may be chance"
    interval = "the difference has no interval"
    if not math.isnan(gain.low):
        ends = " to ".join(number(end, 2, sign="+") for end in (gain.low, gain.high))
        interval = f"difference {ends} (95 %), {_p(gain.p_value)}"
    return (
        f"On the test images, {seeds}, the choice is {text} than {_OWN}{how}: {both}; "
        f"{interval}."
    )


def _gain(judgement: pd.DataFrame, recipe: str) -> Estimate | None:
    """The difference of the PSNR over the seeds; None if nothing is compared."""
    if recipe == OWN:
        return None
    psnr = judgement.pivot_table(index="seed", columns="recipe", values="psnr")
    return t_test(list(psnr[recipe] - psnr[OWN]))


def _scores_of(table: pd.DataFrame) -> dict[str, Any]:
    psnr = t_test(list(table["psnr"]))
    return {
        "steps": int(table["steps"].iloc[0]),
        "tflop": float(table["tflop"].iloc[0]),
        "seeds": len(table),
        "psnr": or_null(psnr.mean),
        "low": or_null(psnr.low),
        "high": or_null(psnr.high),
        "ssim": or_null(table["ssim"].mean(skipna=False)),
        "mse": or_null(table["mse"].mean(skipna=False)),
    }


def _as_values(estimate: Estimate) -> dict[str, float | None]:
    return {
        "mean": or_null(estimate.mean),
        "low": or_null(estimate.low),
        "high": or_null(estimate.high),
        "p_value": or_null(estimate.p_value),
    }


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f" (95 % interval {low:.2f} to {high:.2f})"


def _p(value: float) -> str:
    text = p_value(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def _or_lowest(value: float | None) -> float:
    return -math.inf if value is None else value
