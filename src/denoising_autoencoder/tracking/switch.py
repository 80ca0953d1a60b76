"""Whether runs are tracked: MLflow is imported only if it is asked for."""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec

URI = "MLFLOW_TRACKING_URI"
"""MLflow's own variable: place of its runs."""

PLUGIN = "kedro_mlflow"

logger = logging.getLogger(__name__)


def tracking_hooks() -> tuple[object, ...]:
    """The hooks that track each run in MLflow, or none.

    There are none unless the environment says where MLflow keeps runs. If the extra
    `mlflow` is not installed, a warning says so.
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
