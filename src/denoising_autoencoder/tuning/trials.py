"""Which trials of a study count, and the table of them.

A trial that was interrupted or whose process died is failed and put into the queue
again, with its parameters and its finished folds. The copy takes its place, so that a
study has the same trials whether it was interrupted or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from denoising_autoencoder.parameters.tuning import TuningParameters

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

OWN, REASON, STEPS, RECORDS = "own", "reason", "steps", "records"
"""Attributes of a trial: whether it is the lane's own recipe; why it failed, if it
counts; the steps of its trainings; what was reported within its first fold."""


def fold_key(fold: int) -> str:
    """The attribute and the column of a fold's score."""
    return f"fold_{fold}"


def is_score(column: str) -> bool:
    """Whether a column of the table of trials is a score or a time, by its name."""
    return column in ("mean", "sd", "seconds") or column.startswith("fold_")


def seconds_key(fold: int) -> str:
    """The attribute of a fold's seconds."""
    return f"seconds_{fold}"


def first_number(trial: FrozenTrial) -> int:
    """The number of a trial in the study when it was begun for the first time."""
    history = trial.system_attrs.get("retry_history")
    return int(history[0]) if history else trial.number


def takes_a_place(trial: FrozenTrial) -> bool:
    """Whether a trial counts, or will when it ends: one that was put back does not."""
    return trial.state.name != "FAIL" or REASON in trial.user_attrs


def in_places(trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that take a place, in the order in which they were first begun."""
    return sorted(filter(takes_a_place, trials), key=first_number)


def counted(trials: Iterable[FrozenTrial], limit: int) -> list[FrozenTrial]:
    """Those of the first trials that have ended.

    Args:
        trials: All trials of the study.
        limit: Number of trials that a run asks for; another may have asked for more.
    """
    first = in_places(trials)[:limit]
    return [trial for trial in first if trial.state.is_finished()]


def place_of(trial: FrozenTrial, trials: Iterable[FrozenTrial]) -> int:
    """How many trials take a place before this one; so it is called in logs and tables.

    Args:
        trial: A trial of the study.
        trials: All trials of the study.
    """
    number = first_number(trial)
    return sum(first_number(other) < number for other in in_places(trials))


def trials_table(
    trials: Sequence[FrozenTrial], parameters: TuningParameters
) -> pd.DataFrame:
    """A row for each trial that counts and has ended.

    Args:
        trials: All trials of the study.
        parameters: Number of trials and of folds, and the tuned parameters.

    Returns:
        Columns `trial` (its place, from 0), `state` ("complete", "pruned" or "failed"),
        the tuned parameters (a list as JSON text), `steps`, `fold_0` and so on (a score
        of the objective; NaN where the fold was not trained), `mean` and `sd` over the
        folds (NaN unless complete), `seconds` (of all its trainings), `reason` (why it
        failed; else empty).
    """
    rows = [
        _row(place, trial, parameters.space, parameters.folds)
        for place, trial in enumerate(in_places(trials)[: parameters.trials])
        if trial.state.is_finished()
    ]
    return pd.DataFrame(rows)


def scores_of(trial: FrozenTrial, folds: int) -> list[float]:
    """The scores of the folds of a trial; NaN where one is missing."""
    return [trial.user_attrs.get(fold_key(fold), math.nan) for fold in range(folds)]


def seconds_of(trial: FrozenTrial, folds: int) -> float:
    """The seconds of all finished trainings of a trial."""
    attributes = trial.user_attrs
    return float(sum(attributes.get(seconds_key(fold), 0.0) for fold in range(folds)))


def _row(
    place: int, trial: FrozenTrial, names: Iterable[str], folds: int
) -> dict[str, Any]:
    scores = pd.Series(scores_of(trial, folds), dtype="float64")
    complete = trial.state.name == "COMPLETE"
    return {
        "trial": place,
        "state": {"FAIL": "failed"}.get(trial.state.name, trial.state.name.lower()),
        **{name: trial.params.get(name) for name in names},
        "steps": trial.user_attrs.get(STEPS, math.nan),
        **{fold_key(fold): score for fold, score in enumerate(scores)},
        "mean": trial.value if complete else math.nan,
        "sd": scores.std(ddof=1) if complete else math.nan,
        "seconds": round(seconds_of(trial, folds), 3),
        "reason": trial.user_attrs.get(REASON, ""),
    }
