"""Kedro's settings of this project."""

import warnings

from kedro import KedroDeprecationWarning

from denoising_autoencoder.addresses import local_place
from denoising_autoencoder.hooks import (
    CheckpointHooks,
    LineageHooks,
    MachineHooks,
    PreflightHooks,
    SummaryHooks,
    TunedHooks,
)
from denoising_autoencoder.pipeline_registry import SUMMARY_TABLES
from denoising_autoencoder.run.configuration import (
    configuration_folder,
    find_logging_configuration,
)
from denoising_autoencoder.run.session import CleanSession
from denoising_autoencoder.tracking.switch import PLUGIN, tracking_hooks

# Our users know the old spelling `kedro run --pipeline=denoise`, which works.
warnings.filterwarnings(
    "ignore",
    message="Option '--pipeline' is deprecated",
    category=KedroDeprecationWarning,
)

find_logging_configuration()

# Kedro calls the hooks of one moment from the last to the first.
HOOKS = (
    *tracking_hooks(),
    MachineHooks(),  # after the checks
    PreflightHooks(),
    TunedHooks(),  # before the checks, and after the lineage of each node
    LineageHooks(),
    CheckpointHooks(),
    SummaryHooks(SUMMARY_TABLES),
)
# `tracking_hooks` call MLflow's plugin if a run is to be tracked; its own hooks would
# track every run. Kedro's telemetry would send usage data unless a file `.telemetry`
# forbids it, and outside a clone there is none.
DISABLE_HOOKS_FOR_PLUGINS = (PLUGIN, PLUGIN.replace("_", "-"), "kedro-telemetry")
SESSION_CLASS = CleanSession
CONF_SOURCE = str(configuration_folder())
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "custom_resolvers": {"local_place": local_place},
    # An environment changes only the values that it names.
    "merge_strategy": {"parameters": "soft", "mlflow": "soft"},
}
