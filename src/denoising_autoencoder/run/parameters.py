"""Reading the parameters of a run."""

from __future__ import annotations

from typing import Any

from kedro.config import AbstractConfigLoader, MissingConfigException

from denoising_autoencoder.errors import ParameterError


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
    return parameters
