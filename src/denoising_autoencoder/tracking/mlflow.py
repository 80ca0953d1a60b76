"""A run in MLflow: parameters, losses, metrics, what a person reads, and models.

kedro-mlflow finds the store and begins MLflow's run; what the run reads and saves is
logged here, from the files of the catalog.
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
from denoising_autoencoder.artifacts.lineage import leaves
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.hooks.lineage import PARAMETERS, plain

_Value = tuple[str, float, int]
"""Name, value and step."""

_LONGEST_MESSAGE = 200
"""Characters of MLflow's own words, which tell a failed request with all its layers."""

_LOADER = "denoising_autoencoder.tracking.model"
"""By its name: it imports PyTorch, and not every run trains."""

_NO_STEP = -1
"""Of a model: MLflow would link it to all that was logged at its step, of any model."""

_AT_ONCE = 1000
"""Metrics that MLflow takes in one request."""

# An example would be run through each model that is logged; the signature says enough.
warnings.filterwarnings("ignore", message=".*An input example was not provided")

logger = logging.getLogger(__name__)

_SIGNATURE = ModelSignature(
    inputs=Schema([TensorSpec(np.dtype(np.uint8), (-1, -1, -1, 3))]),
    outputs=Schema([TensorSpec(np.dtype(np.uint8), (-1, -1, -1, 3))]),
)


class MLflowHooks(MlflowHook):  # type: ignore[misc]
    """kedro-mlflow's hooks, and the artifacts of this project.

    Kedro calls one instance for one run at a time. Nodes may be in several threads, so
    everything is logged by the identity of MLflow's run, and not to whatever run is
    active in a thread.
    """

    _open = False
    """Whether a run of MLflow has begun and not ended."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Find MLflow.

        Raises:
            ProjectError: It is not where the environment says, or is told something
                wrong in `mlflow.yml`.
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
        self._models: dict[str, str] = {}  # MLflow's identity of each lane's
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
                name.removeprefix(PARAMETERS): plain(value)
                for name, value in inputs.items()
                if name.startswith(PARAMETERS)
            }
            params = [Param(name, str(value)) for name, value in leaves(read)]
            with _in_a_sentence():
                self._client.log_batch(self.run_id, params=params)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Log what was saved as what it is to MLflow."""
        dataset = self._catalog.get(dataset_name)
        if not self._open or not isinstance(dataset, AtomicDataset):
            return
        lane, _, kind = dataset_name.rpartition("_")
        with _in_a_sentence():
            if kind == "model":
                self._models[lane] = self._log_model(lane, dataset)
            elif kind == "history":
                self._log_metrics(lane, _losses(data))
            elif dataset_name == "metrics":
                for row in data.to_dict("records"):
                    self._log_metrics(row["model"], _scores(row))
            if _layer(dataset) == "reporting":
                self._client.log_artifacts(
                    self.run_id, str(dataset.path.parent), dataset_name
                )

    @hook_impl(tryfirst=True)  # before a summary that may find no reader
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """End MLflow's run, and say which it is."""
        with _in_a_sentence():
            super().after_pipeline_run(run_params, pipeline, catalog)
        if self._open:
            self._open = False
            experiment = self.mlflow_config.tracking.experiment.name
            logger.info("MLflow: run %s of experiment %s", self.run_id, experiment)

    @hook_impl
    def on_pipeline_error(self, error: BaseException) -> None:
        """End MLflow's run as what became of it, unless it is the user's own."""
        begun, self._open = self._open, False
        if begun and not self._already_active_mlflow:
            interrupted = isinstance(error, KeyboardInterrupt)
            status = RunStatus.KILLED if interrupted else RunStatus.FAILED
            mlflow.end_run(RunStatus.to_string(status))

    @property
    def _client(self) -> mlflow.MlflowClient:
        return self.mlflow_config.server._mlflow_client

    def _log_model(self, lane: str, dataset: AtomicDataset) -> str:
        """Log the file as a model that `mlflow.pyfunc` loads where this project is not.

        Returns:
            MLflow's identity of it.
        """
        made_with = dict(leaves(dataset.lineage().parameters))
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
        """Log to the run, whatever thread this is, and to the model if it has one."""
        now, identity = int(time.time() * 1000), self._models.get(model)
        metrics = [
            Metric(f"{model}/{name}", value, now, step, model_id=identity)
            for name, value, step in values
        ]
        for start in range(0, len(metrics), _AT_ONCE):
            self._client.log_batch(self.run_id, metrics[start : start + _AT_ONCE])


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Whatever comes up in MLflow: of a server, a disk, a database, its options."""
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
    """What a model reached on the test images."""
    for name in ("mse", "psnr", "ssim"):
        yield f"test_{name}", row[name], 0


def _requirements() -> list[str]:
    """What this project needs, in the releases that trained the model."""
    parsed = map(Requirement, requires(denoising_autoencoder.__name__) or ())
    needed = [one.name for one in parsed if one.marker is None]  # extras have one
    return [f"{name}=={version(name)}" for name in needed]


def _layer(dataset: AtomicDataset) -> str | None:
    return ((dataset.metadata or {}).get("kedro-viz") or {}).get("layer")
