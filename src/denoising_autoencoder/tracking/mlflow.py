"""A run in MLflow: parameters, losses, metrics, reports and models.

kedro-mlflow finds the store and begins MLflow's run. These hooks log what the run reads
and saves, from the files of the catalog.
"""

from __future__ import annotations

import logging
import shlex
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import requires, version
from pathlib import Path
from textwrap import shorten
from typing import Any

import click
import mlflow
import numpy as np
import pandas as pd
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro_mlflow.framework.hooks import MlflowHook
from mlflow.entities import Metric, Param, RunStatus
from mlflow.environment_variables import MLFLOW_TRACKING_URI
from mlflow.models import Model, ModelSignature
from mlflow.types import Schema, TensorSpec
from packaging.requirements import Requirement

import denoising_autoencoder
from denoising_autoencoder.artifacts.lineage import flatten
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.hooks.lineage import PARAMETERS, as_json
from denoising_autoencoder.tracking.trials import log_trials

_Value = tuple[str, float, int]
"""Name, value and step."""

_LONGEST_MESSAGE = 200
"""Characters of MLflow's message that are repeated; it may have many layers."""

_LOADER = "denoising_autoencoder.tracking.model"
"""Name of a module; importing it here would import PyTorch in every run."""

_NO_STEP = -1
"""Step of a model: at any other, MLflow links it to all that was logged there."""

_AT_ONCE = 1000
"""Metrics in one request, at most."""

# MLflow would run an example through each logged model; the signature is enough.
warnings.filterwarnings("ignore", message=".*An input example was not provided")

logger = logging.getLogger(__name__)

_IMAGES = Schema([TensorSpec(np.dtype(np.uint8), (-1, -1, -1, -1))])
"""NHWC, with as many channels as the network has learned."""

_SIGNATURE = ModelSignature(inputs=_IMAGES, outputs=_IMAGES)


class MLflowHooks(MlflowHook):  # type: ignore[misc]
    """kedro-mlflow's hooks, extended by the artifacts of this project.

    Kedro calls one instance for one run at a time. Nodes may run in several threads, so
    everything is logged to MLflow's run by its identity, not to the active run of a
    thread.
    """

    _open = False
    """Whether a run of MLflow has begun and not ended."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Find MLflow.

        Raises:
            ProjectError: MLflow is not where the environment says, or `mlflow.yml` is
                wrong.
        """
        with _in_a_sentence():
            super().after_context_created(context)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Begin MLflow's run."""
        self.run_id = None
        self._catalog = catalog
        self._models: dict[str, str] = {}  # MLflow's identity of the model of each lane
        with _in_a_sentence():
            super().before_pipeline_run(run_params, pipeline, catalog)
            self._open = self._is_mlflow_enabled
            if self._open and click.get_current_context(silent=True):
                # kedro-mlflow's has neither --params nor --env.
                command = shlex.join(["kedro", *sys.argv[1:]])
                self._client.set_tag(self.run_id, "kedro_command", command)

    @hook_impl
    def before_node_run(self, inputs: dict[str, Any]) -> None:
        """Log the parameters that the node reads, one by one."""
        if self._open:
            read = {
                name.removeprefix(PARAMETERS): as_json(value)
                for name, value in inputs.items()
                if name.startswith(PARAMETERS)
            }
            params = [Param(name, str(value)) for name, value in flatten(read)]
            with _in_a_sentence():
                self._client.log_batch(self.run_id, params=params)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Log what was saved, by its kind."""
        dataset = self._catalog.get(dataset_name)
        if not self._open or not isinstance(dataset, AtomicDataset):
            return
        artifact = _metadata(dataset, "artifact")
        lane = artifact.get("lane", "")
        with _in_a_sentence():
            if artifact.get("kind") == "model":
                self._models[lane] = self._log_model(lane, dataset)
            elif artifact.get("kind") == "history":
                self._log_metrics(lane, _losses(data))
            elif dataset_name == "tuning_trials":
                log_trials(self._client, str(self.run_id), data)
            elif dataset_name == "metrics":
                for row in data.to_dict("records"):
                    self._log_metrics(row["model"], _scores(row))
            elif dataset_name == "code_scores":
                for row in data[data["method"] == "code"].to_dict("records"):
                    self._log_metrics(row["lane"], _scores(row))
                    above_pca = [("test_psnr_above_pca", row["minus_pca"], 0)]
                    self._log_metrics(row["lane"], above_pca)
            if _metadata(dataset, "kedro-viz").get("layer") == "reporting":
                self._client.log_artifacts(
                    self.run_id, str(dataset.path.parent), dataset_name
                )

    @hook_impl(tryfirst=True)  # before the summary, whose output may be closed
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """End MLflow's run and log its identity."""
        with _in_a_sentence():
            super().after_pipeline_run(run_params, pipeline, catalog)
        if self._open:
            self._open = False
            experiment = self.mlflow_config.tracking.experiment.name
            logger.info("MLflow: run %s of experiment %s", self.run_id, experiment)

    @hook_impl
    def on_pipeline_error(self, error: BaseException) -> None:
        """End MLflow's run as killed or failed, unless the user began it."""
        begun, self._open = self._open, False
        if begun and not self._already_active_mlflow:
            interrupted = isinstance(error, KeyboardInterrupt)
            status = RunStatus.KILLED if interrupted else RunStatus.FAILED
            mlflow.end_run(RunStatus.to_string(status))

    @property
    def _client(self) -> mlflow.MlflowClient:
        return self.mlflow_config.server._mlflow_client

    def _log_model(self, lane: str, dataset: AtomicDataset) -> str:
        """Log the file as a model that `mlflow.pyfunc` loads without this project.

        Returns:
            MLflow's identity of the model.
        """
        made_with = dict(flatten(dataset.lineage().parameters))
        model = mlflow.initialize_logged_model(
            name=lane,
            source_run_id=self.run_id,
            params={name: str(value) for name, value in made_with.items()},
            experiment_id=self._client.get_run(self.run_id).info.experiment_id,
        )
        Model.log(
            None,
            mlflow.pyfunc,
            name=lane,
            run_id=self.run_id,
            model_id=model.model_id,
            step=_NO_STEP,
            loader_module=_LOADER,
            data_path=str(dataset.path),
            code_paths=[str(Path(denoising_autoencoder.__file__).parent)],
            pip_requirements=_requirements(),
            signature=_SIGNATURE,
        )
        return str(model.model_id)

    def _log_metrics(self, model: str, values: Iterable[_Value]) -> None:
        """Log metrics to the run, and to the model if there is one."""
        now, identity = int(time.time() * 1000), self._models.get(model)
        metrics = [
            Metric(f"{model}/{name}", value, now, step, model_id=identity)
            for name, value, step in values
        ]
        for start in range(0, len(metrics), _AT_ONCE):
            self._client.log_batch(self.run_id, metrics[start : start + _AT_ONCE])


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Turn any error of MLflow (server, disk, database, options) into a sentence."""
    try:
        yield
    except Exception as error:
        said = shorten(str(error), _LONGEST_MESSAGE, placeholder=" ...")
        raise ProjectError(
            f"This run cannot be tracked ({type(error).__name__}: {said}): mend that, "
            f"or unset {MLFLOW_TRACKING_URI.name} to run without MLflow."
        ) from error


def _losses(history: pd.DataFrame) -> Iterator[_Value]:
    """Losses and learning rate at their steps."""
    for row in history.to_dict("records"):
        yield f"{row['split']}_mse", row["mse"], row["step"]
    for row in history.drop_duplicates("step").to_dict("records"):
        yield "learning_rate", row["learning_rate"], row["step"]


def _scores(row: dict[str, Any]) -> Iterator[_Value]:
    """Scores of a model on the test images, and the work of its training."""
    for name in ("mse", "psnr", "psnr_of_mean_mse", "ssim", "n_exact"):
        yield f"test_{name}", row[name], 0
    if not np.isnan(row["tflop"]):  # the untouched input has no training
        yield "training_tflop", row["tflop"], 0


def _requirements() -> list[str]:
    """Packages that this project needs, in the releases that trained the model."""
    parsed = map(Requirement, requires(denoising_autoencoder.__name__) or ())
    # Requirements of extras have a marker.
    needed = [requirement.name for requirement in parsed if requirement.marker is None]
    return [f"{name}=={version(name)}" for name in needed]


def _metadata(dataset: AtomicDataset, key: str) -> dict[str, Any]:
    """What the catalog says of a dataset under one key."""
    return (dataset.metadata or {}).get(key) or {}
