"""What Kedro is told about this project (see Kedro's documentation of settings)."""

import warnings

from kedro import KedroDeprecationWarning

from denoising_autoencoder.hooks import (
    CheckpointHooks,
    LineageHooks,
    PreflightHooks,
    SummaryHooks,
)
from denoising_autoencoder.pipeline_registry import SUMMARY_TABLES
from denoising_autoencoder.run.configuration import configuration_folder
from denoising_autoencoder.run.session import CleanSession
from denoising_autoencoder.tracking.switch import PLUGIN, tracking_hooks

# Our users know the old spelling `kedro run --pipeline=denoise`, which works.
warnings.filterwarnings(
    "ignore",
    message="Option '--pipeline' is deprecated",
    category=KedroDeprecationWarning,
)

# Kedro calls the hooks of one moment from the last to the first.
HOOKS = (
    *tracking_hooks(),
    PreflightHooks(),
    LineageHooks(),
    CheckpointHooks(),
    SummaryHooks(SUMMARY_TABLES),
)
# `tracking_hooks` are that plugin's, where a run is to be tracked; its own would track
# whatever runs. Kedro's telemetry would send usage data where there is no `.telemetry`
# file that forbids it, as outside a clone.
DISABLE_HOOKS_FOR_PLUGINS = (PLUGIN, PLUGIN.replace("_", "-"), "kedro-telemetry")
SESSION_CLASS = CleanSession
CONF_SOURCE = str(configuration_folder())
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment changes the values that it names; the block's others stay.
    "merge_strategy": {"parameters": "soft", "mlflow": "soft"},
}
