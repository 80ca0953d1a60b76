"""Whether runs are tracked: MLflow is imported where it is asked for alone."""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec

URI = "MLFLOW_TRACKING_URI"
"""MLflow's own variable: where it keeps runs."""

PLUGIN = "kedro_mlflow"

logger = logging.getLogger(__name__)


def tracking_hooks() -> tuple[object, ...]:
    """The hooks that track each run in MLflow, or none.

    None are there unless the environment says where MLflow keeps runs, or if the extra
    `mlflow` is not installed, which is said.
    """
    if not os.environ.get(URI):
        return ()
    if find_spec(PLUGIN) is None:
        logger.warning(
            "%s is set, but MLflow is not installed, so no run is tracked: install "
            "this project with its extra mlflow, or unset the variable.",
            URI,
        )
        return ()
    from denoising_autoencoder.tracking.mlflow import MLflowHooks

    return (MLflowHooks(),)
