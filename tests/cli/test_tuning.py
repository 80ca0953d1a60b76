"""`kedro run --pipelines=tuning`, after a run of data engineering."""

from __future__ import annotations

import re
import signal
import sqlite3

import numpy as np
import pandas as pd
import pytest

from tests.cli.artifacts import check_that_all_is_whole, manifest

SEARCH = "--to-nodes=tuning.search"


@pytest.fixture
def after_data(kedro):
    """Kedro with what data engineering leaves."""
    made = kedro.run("--pipelines=data_engineering", params=kedro.images())
    assert made.code == 0, made.output
    return kedro


def table(run) -> pd.DataFrame:
    return pd.read_csv(run.newest("06_models/tuning/trials.csv"))


@pytest.mark.slow
def test_a_search_is_interrupted_gone_on_with_and_asked_for_more(after_data, tmp_path):
    tune, before = ("--pipelines=tuning", SEARCH), manifest(after_data.data)
    process = after_data.start(
        after_data.command(*tune, params="tuning.trials=30,tuning.workers=2")
    )
    lines = iter(process.stdout.readline, "")
    assert any("Trial 0 (1 of 30 done)" in line for line in lines)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=120)
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert "Resume the run with:" in rest

    run = after_data.run(*tune)

    assert run.code == 0, run.output
    assert re.search(r"[1-3] of 3 trials are there", run.output)
    assert not re.search("warn|deprecat|traceback", run.output, re.IGNORECASE)
    check_that_all_is_whole(run.data, before)
    trials = table(run)
    assert trials["trial"].tolist() == [0, 1, 2]
    assert trials.loc[0, ["learning_rate", "options.width"]].tolist() == [0.02, 8]
    folds = np.load(run.newest("06_models/tuning/folds.npy"))
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 1
    (study,) = (run.data / "06_models/studies").iterdir()
    assert study.suffix == ".db"
    connection = sqlite3.connect(study)
    states = [state for (state,) in connection.execute("SELECT state FROM trials")]
    connection.close()
    assert "RUNNING" not in states

    longer = after_data.run(*tune, params="tuning.trials=5,tuning.workers=2")
    assert longer.code == 0, longer.output
    pd.testing.assert_frame_equal(table(longer)[:3], trials)

    pruned = after_data.call(
        [*after_data.command()[:1], "prune", f"--data-root={run.data}"]
    )
    assert pruned.code == 0, pruned.output
    assert "studies" not in pruned.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ("tuning.space.learning_rat.low=0.1,tuning.space.learning_rat.high=0.2",
         "did you mean learning_rate?"),
        ("tuning.space.learning_rate.low=0.2", "low = 0.2 is not below high = 0.1"),
        ("tuning.lane=photo", "tuning.lane = 'photo': input should be 'ae', 'dae' or"),
        ("tuning.lane=resunet", "network resunet has no parameter options.width"),
        ("tuning.storage=postgresql://ann:s3cret@127.0.0.1/x", "pgpass"),
        ("tuning.storage=postgresql://ann@127.0.0.1:1/x", "cannot be used .connection"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_one_sentence(after_data, params, sentence):
    run = after_data.run("--pipelines=tuning", SEARCH, params=params)

    assert run.code == 1, run.output
    plain = " ".join(run.output.split())
    assert re.search(sentence, plain), run.output
    assert "Traceback" not in run.output
    assert "s3cret" not in run.output
    assert not list(run.data.glob("06_models/tuning/trials.csv/*"))
