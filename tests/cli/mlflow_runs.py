"""Runs with MLflow in one process, and what MLflow recorded: its imports take seconds.

The Python of `.venv/mlflow` calls this script with a folder for MLflow's files, a .npy
of noisy images, and arguments for each `kedro run`. The last line printed is JSON.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import mlflow
import numpy as np
from kedro.framework.cli import main

PACKAGE = "denoising_autoencoder"  # and so kedro-mlflow's name for the experiment


class Killer(logging.Handler):
    """Sends SIGTERM to this process when a training begins."""

    def emit(self, record: logging.LogRecord) -> None:
        if "start: training MSE" in record.getMessage():
            os.kill(os.getpid(), signal.SIGTERM)


def kedro_run(*arguments: str) -> int:
    """Call `kedro run`; the exit code."""
    sys.argv = ["kedro", "run", *arguments]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def recorded(run: mlflow.entities.Run, client: mlflow.MlflowClient) -> dict[str, Any]:
    """What MLflow recorded of a run."""
    identity = run.info.run_id
    return {
        "status": run.info.status,
        "version": run.data.tags.get("run_id"),
        "command": run.data.tags.get("kedro_command"),
        "params": run.data.params,
        "metrics": {
            key: [
                [metric.step, metric.value]
                for metric in client.get_metric_history(identity, key)
            ]
            for key in run.data.metrics
        },
        "files": sorted(
            file.path
            for folder in client.list_artifacts(identity)
            for file in client.list_artifacts(identity, folder.path)
        ),
    }


def run_and_tell(folder: Path, noisy: Path, arguments: list[str]) -> None:
    """Make runs that end in every way, and print what MLflow recorded of them."""
    experiment = mlflow.create_experiment(PACKAGE, (folder / "files").as_uri())
    drawn = "reporting.plot_loss_curves,reporting.compare_models"
    codes = [
        kedro_run(f"--nodes=ae.train,resunet.train,{drawn}", *arguments),
        kedro_run("--nodes=ae.train", "--load-versions=raw_test_images:1", *arguments),
    ]
    logging.getLogger(PACKAGE).addHandler(Killer())
    codes.append(kedro_run("--nodes=dae.train", *arguments))
    with mlflow.start_run(run_name="theirs"), mlflow.start_run(nested=True) as own:
        codes.append(kedro_run("--nodes=data_engineering.add_noise", *arguments))
        codes.append(kedro_run("--nodes=dae.train", *arguments))
        still = mlflow.get_run(own.info.run_id).info.status
    nobody_listens = "http://127.0.0.1:9"
    for nowhere in (nobody_listens, f"sqlite:///{noisy}/is/no/folder.db"):
        elsewhere = {"MLFLOW_TRACKING_URI": nowhere}
        with patch.dict(os.environ, elsewhere, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0"):
            codes.append(kedro_run("--nodes=dae.train", *arguments))

    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    client = mlflow.MlflowClient()
    runs = client.search_runs([experiment], order_by=["attributes.start_time"])
    logged = client.search_logged_models([experiment])
    models = {model.name: model for model in logged}
    model = models["ae"]
    of_models = {
        name: [sorted({metric.key for metric in each.metrics}), each.params]
        for name, each in models.items()
    }
    denoised = mlflow.pyfunc.load_model(model.model_uri).predict(np.load(noisy))
    np.save(folder / "denoised.npy", denoised)
    result = {
        "codes": codes,
        "runs": [recorded(run, client) for run in runs],
        "of_models": of_models,
        "still": still,
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    run_and_tell(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
