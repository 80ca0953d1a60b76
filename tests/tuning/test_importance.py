"""Which parameters matter, on trials whose scores are made from one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.tuning.importance import rank_parameters
from tests.tuning.recipes import TUNING, tuning


def trials(count: int, **columns: object) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    rates = 10 ** draw.uniform(-3, -1, count)
    table = pd.DataFrame({"trial": range(count), "state": "complete"})
    return table.assign(
        learning_rate=rates,
        batch_size=draw.choice([4.0, 16.0], count),
        **{"options.width": draw.integers(4, 17, count).astype(float)},
        mean=-((np.log10(rates) + 2) ** 2),
    ).assign(**columns)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_decides_the_score_matters_most(sign):
    table = trials(40)
    parameters = tuning(objective="psnr" if sign == 1 else "mse")

    ranked = rank_parameters(table.assign(mean=sign * table["mean"]), parameters)

    assert ranked["parameter"][0] == "learning_rate"
    assert ranked["importance"][0] > 0.6
    assert ranked["importance"].sum() == pytest.approx(1)
    again = rank_parameters(table.assign(mean=sign * table["mean"]), parameters)
    pd.testing.assert_frame_equal(ranked, again)


def test_whole_ends_may_be_of_a_range_of_any_numbers():
    table = trials(40).assign(weight_decay=np.linspace(0, 1, 40))
    space = {**TUNING["space"], "weight_decay": {"low": 0, "high": 1}}

    ranked = rank_parameters(table, tuning(space=space))

    assert ranked["parameter"][0] == "learning_rate"
    assert not ranked["importance"].isna().any()


@pytest.mark.parametrize("table", [trials(3), trials(9, mean=25.0)])
def test_too_few_or_equal_trials_say_nothing(table):
    ranked = rank_parameters(table, tuning())

    assert list(ranked["parameter"]) == ["learning_rate", "batch_size", "options.width"]
    assert ranked["importance"].isna().all()
