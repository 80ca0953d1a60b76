"""The trials of a search, each as a child run in MLflow."""

from __future__ import annotations

import time

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import Metric, Param, RunStatus
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from denoising_autoencoder.tuning.trials import is_score

_OTHERS = ("trial", "state", "reason")
"""Columns that are neither parameters nor scores."""


def log_trials(client: mlflow.MlflowClient, run_id: str, trials: pd.DataFrame) -> None:
    """Log parameters, steps, scores of the folds, mean and seconds of each trial.

    Args:
        client: Client of MLflow.
        run_id: Identity of the run that searched.
        trials: Table of the trials.
    """
    experiment = client.get_run(run_id).info.experiment_id
    for row in trials.to_dict("records"):
        tags = {
            MLFLOW_PARENT_RUN_ID: run_id,
            MLFLOW_RUN_NAME: f"trial {row['trial']}",
            "state": row["state"],
            "reason": row["reason"],
        }
        child = client.create_run(experiment, tags=tags).info.run_id
        scores = {
            str(name): value
            for name, value in row.items()
            if is_score(str(name)) and not np.isnan(value)
        }
        now = int(time.time() * 1000)
        client.log_batch(
            child,
            [Metric(name, value, now, 0) for name, value in scores.items()],
            [
                Param(str(name), str(value))
                for name, value in row.items()
                if name not in _OTHERS and not is_score(str(name))
            ],
        )
        status = RunStatus.FAILED if row["state"] == "failed" else RunStatus.FINISHED
        client.set_terminated(child, RunStatus.to_string(status))
