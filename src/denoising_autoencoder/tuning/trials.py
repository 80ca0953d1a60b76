"""Which trials of a study count, and the table of them.

A trial that was interrupted or whose process died is failed without a reason. A copy
with its parameters and finished folds is put into the queue, and takes its place. So a
study has the same trials whether it was interrupted or not.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from denoising_autoencoder.parameters.tuning import TuningParameters

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

OWN, REASON, STEPS, RECORDS = "own", "reason", "steps", "records"
"""Attributes of a trial: whether it is the lane's own recipe; why it failed, if it
counts; the steps of its trainings; what was reported within its first fold."""

SURPLUS, STOPPED = "surplus", "stopped"
"""Attributes of a failed trial without a reason: no run needs it; its own process has
stopped it, so that this has not died."""

_HISTORY = "retry_history"
"""Optuna's attribute of a copy: the numbers of the trials that it continues."""

_MOST_DEATHS = 3
"""Number of processes that may die in one fold of a trial before the trial fails."""


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
    history = trial.system_attrs.get(_HISTORY)
    return int(history[0]) if history else trial.number


def was_interrupted(trial: FrozenTrial) -> bool:
    """Whether a trial has to be continued by a copy."""
    return trial.state.name == "FAIL" and REASON not in trial.user_attrs


def in_places(trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
    """One trial for each place, in the order in which the places were first taken.

    An interrupted trial leaves its place to its copy. If two processes made one each,
    the second copy has no place.
    """
    holders: dict[int, FrozenTrial] = {}
    for trial in sorted(trials, key=lambda trial: trial.number):
        holder = holders.get(first_number(trial))
        is_free = holder is None or was_interrupted(holder)
        if is_free and SURPLUS not in trial.user_attrs:
            holders[first_number(trial)] = trial
    return [holders[number] for number in sorted(holders)]


def second_copies(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Waiting trials that have no place, since another copy has it."""
    numbers = {trial.number for trial in in_places(trials)}
    return [
        trial
        for trial in trials
        if trial.state.name == "WAITING" and trial.number not in numbers
    ]


def counted(trials: Iterable[FrozenTrial], limit: int) -> list[FrozenTrial]:
    """Those of the first trials that have ended.

    Args:
        trials: All trials of the study.
        limit: Number of trials that a run asks for; another may have asked for more.
    """
    return [trial for trial in in_places(trials)[:limit] if _has_ended(trial)]


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
        if _has_ended(trial)
    ]
    table = pd.DataFrame(rows)
    # A column of nothing but None is no column of numbers for a CSV file.
    empty = table.columns[table.isna().all()]
    return table.astype(dict.fromkeys(empty, "float64"))


def continued(
    trial: FrozenTrial, trials: Iterable[FrozenTrial], names: Collection[str]
) -> FrozenTrial:
    """A copy of an interrupted trial, for the queue.

    Args:
        trial: The trial.
        trials: All trials of the study.
        names: The tuned parameters.

    Returns:
        A waiting trial with the same parameters and finished folds; or a failed one,
        with a reason, if the process of the trial has died three times in one fold. A
        trial that was interrupted while its parameters were chosen has none: with some
        of them, the sampler would draw other values for the rest.
    """
    from optuna.trial import TrialState, create_trial

    dropped = {STEPS, STOPPED}  # a copy has not begun, nor been stopped
    kept = {k: v for k, v in trial.user_attrs.items() if k not in dropped}
    has_killed = _deaths(trial, trials) >= _MOST_DEATHS
    if has_killed:
        kept[REASON] = f"its process died {_MOST_DEATHS} times in one fold"
    history = [*trial.system_attrs.get(_HISTORY, []), trial.number]
    is_chosen = set(names) <= trial.params.keys()
    return create_trial(
        state=TrialState.FAIL if has_killed else TrialState.WAITING,
        params=trial.params if is_chosen else {},
        distributions=trial.distributions if is_chosen else {},
        user_attrs=kept,
        system_attrs={**trial.system_attrs, _HISTORY: history},
    )


def _deaths(trial: FrozenTrial, trials: Iterable[FrozenTrial]) -> int:
    """How often a process died in the fold that a trial has not finished."""
    numbers = {*trial.system_attrs.get(_HISTORY, []), trial.number}
    return sum(
        other.number in numbers
        and STOPPED not in other.user_attrs
        and finished_folds(other) == finished_folds(trial)
        for other in trials
    )


def finished_folds(trial: FrozenTrial) -> int:
    """Number of folds of which a trial has the score."""
    return sum(name.startswith("fold_") for name in trial.user_attrs)


def _has_ended(trial: FrozenTrial) -> bool:
    return trial.state.is_finished() and not was_interrupted(trial)


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
