"""The trials of a search in MLflow."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import processes

pytestmark = pytest.mark.slow

SCRIPT = """
import json, sys
import numpy as np, pandas as pd
from mlflow import MlflowClient
from denoising_autoencoder.tracking.trials import log_trials

client = MlflowClient(f"sqlite:///{sys.argv[1]}/mlflow.db")
experiment = client.create_experiment("tuning")
parent = client.create_run(experiment).info.run_id
log_trials(client, parent, pd.DataFrame({
    "trial": [0, 1], "state": ["complete", "failed"], "learning_rate": [0.02, 0.5],
    "loss": ["psnr", "mse"], "steps": [40.0, 40.0], "fold_0": [25.0, np.nan],
    "fold_1": [26.0, np.nan], "mean": [25.5, np.nan], "sd": [0.7, np.nan],
    "seconds": [3.0, 0.0], "reason": ["", "it diverged"],
}))
children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent}'")
print(json.dumps({
    run.info.run_name: [
        run.info.status, run.data.params, run.data.metrics, run.data.tags["reason"],
    ]
    for run in children
}))
"""


def test_each_trial_is_a_child_run_with_its_parameters_and_scores(project, tmp_path):
    python: str | Path = project / ".venv/mlflow/bin/python"
    if not Path(python).exists():
        if not find_spec("mlflow"):
            pytest.skip("needs MLflow, which `make test-slow` installs")
        python = sys.executable

    done = processes.run([python, "-c", SCRIPT, tmp_path], cwd=project)

    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "trial 0": [
            "FINISHED",
            {"learning_rate": "0.02", "loss": "psnr", "steps": "40.0"},
            {"fold_0": 25.0, "fold_1": 26.0, "mean": 25.5, "sd": 0.7, "seconds": 3.0},
            "",
        ],
        "trial 1": [
            "FAILED",
            {"learning_rate": "0.5", "loss": "mse", "steps": "40.0"},
            {"seconds": 0.0},
            "it diverged",
        ],
    }
