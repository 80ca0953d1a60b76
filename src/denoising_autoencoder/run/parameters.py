"""Reading the parameters of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedro.config import AbstractConfigLoader, MissingConfigException

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.parameters.inference import (
    OF_THE_CATALOG,
    InferenceParameters,
)


def read_parameters(loader: AbstractConfigLoader) -> Any:
    """Read the parameters of a configuration, with those that are set as globals.

    Args:
        loader: Loader of the environment of the run.

    Raises:
        ParameterError: A file is invalid YAML, or refers to a value that does not
            exist.
        MissingConfigException: The environment does not exist.
    """
    try:
        parameters, globals_ = loader["parameters"], loader["globals"]
    except MissingConfigException:
        raise
    except Exception as error:  # OmegaConf's, PyYAML's and Python's own
        raise ParameterError(f"The configuration cannot be read: {error}") from error
    for name in ("data_root", "verify", "compared_lane"):
        if name in (loader.runtime_params or {}):
            continue
        if name in parameters:
            raise ParameterError(
                f"{name} is set in a file of parameters, which the catalog does not "
                "read: set it in a globals.yml (conf/local/globals.yml is yours), or "
                f"for one run by --params={name}=VALUE."
            )
        if name in globals_:
            parameters[name] = globals_[name]
    if "run_version" in parameters and "run_version" not in (
        loader.runtime_params or {}
    ):
        raise ParameterError(
            "run_version is set in a file of parameters, so that every run would have "
            "the same version: take it out, and set it by --params=run_version=VERSION "
            "for the runs that are to share one."
        )
    _refuse_what_the_catalog_does_not_read(parameters, loader.runtime_params or {})
    return parameters


def _refuse_what_the_catalog_does_not_read(
    parameters: Mapping[str, Any], at_run_time: Mapping[str, Any]
) -> None:
    """Refuse names of pictures in a file of parameters, which would have no effect."""
    blocks = [source.get("inference") for source in (parameters, at_run_time)]
    merged, given = [block if isinstance(block, dict) else {} for block in blocks]
    for name in OF_THE_CATALOG:
        usual = InferenceParameters.model_fields[name].default
        if name not in given and merged.get(name, usual) != usual:
            raise ParameterError(
                f"inference.{name} is set in a file of parameters, which the catalog "
                f"does not read: set it by --params=inference.{name}=VALUE, or in the "
                "file of --config."
            )
