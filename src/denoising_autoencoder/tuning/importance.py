"""Which of the tuned parameters matter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from denoising_autoencoder.parameters.tuning import Searched, TuningParameters
from denoising_autoencoder.tuning.space import as_plain, changes_of_row
from denoising_autoencoder.tuning.storage import quiet_optuna

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_FEWEST = 4
"""Complete trials with which the good ones begin to differ from the rest."""


def rank_parameters(trials: pd.DataFrame, parameters: TuningParameters) -> pd.DataFrame:
    """The importance of each tuned parameter, from the complete trials.

    By PED-ANOVA, Optuna's default: how much the values of the good trials differ from
    those of all (Watanabe, Bansal and Hutter: PED-ANOVA, IJCAI 2023). It draws nothing
    at random.

    Args:
        trials: Table of `trials.trials_table`.
        parameters: Space and objective.

    Returns:
        A row for each parameter, the most important first: parameter, importance (they
        add up to 1; NaN if there are too few complete trials, or no differences).
    """
    names = list(parameters.space)
    complete = trials[trials["state"] == "complete"]
    shares = dict.fromkeys(names, math.nan)
    if len(complete) >= _FEWEST and complete["mean"].nunique() > 1:
        shares |= _shares(complete, parameters)
    table = pd.DataFrame({"parameter": names, "importance": list(shares.values())})
    return table.sort_values(
        "importance", ascending=False, kind="stable", ignore_index=True
    )


def _shares(complete: pd.DataFrame, parameters: TuningParameters) -> dict[str, float]:
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    with quiet_optuna():
        study = optuna.create_study(direction=parameters.direction)
        distributions = _distributions(parameters.space, complete)
        for row in complete.to_dict("records"):
            changes = changes_of_row(row, parameters.space)
            trial = optuna.create_trial(
                params={name: as_plain(value) for name, value in changes.items()},
                distributions=distributions,
                value=row["mean"],
            )
            study.add_trial(trial)
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return {name: float(found.get(name, 0.0)) for name in parameters.space}


def _distributions(
    space: Mapping[str, Searched], complete: pd.DataFrame
) -> dict[str, BaseDistribution]:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    found: dict[str, BaseDistribution] = {}
    for name, values in space.items():
        low, high = values.bounds
        if values.choices is not None:
            found[name] = CategoricalDistribution(list(map(as_plain, values.choices)))
        elif (complete[name] % 1 == 0).all():  # whole ends may be of a range of floats
            found[name] = IntDistribution(low, high, log=values.log)
        else:
            found[name] = FloatDistribution(low, high, log=values.log)
    return found
