"""Where the configuration is, and the folder of all artifacts that it names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Kedro sets the log up as soon as it is imported
    from kedro.config import AbstractConfigLoader

_PACKAGE = Path(__file__).parents[1]


def configuration_folder() -> Path:
    """The folder `conf`: inside an installed package, at the top level of a clone."""
    packaged = _PACKAGE / "conf"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "conf"


def data_root(loader: AbstractConfigLoader, project: Path) -> Path:
    """The folder of all artifacts.

    Args:
        loader: Loader of the environment, with the parameters of the run.
        project: Folder that a relative path starts from.
    """
    runtime = loader.runtime_params or {}
    return project / str(runtime.get("data_root") or loader["globals"]["data_root"])


def find_logging_configuration() -> None:
    """Use this project's logging.yml in every working directory.

    Kedro looks for it in the working directory only, and falls back on its own. One
    that Kedro finds there, or in KEDRO_LOGGING_CONFIG, stays in force.
    """
    import yaml
    from kedro.framework.project import configure_logging
    from kedro.utils import find_config_file

    chosen = "KEDRO_LOGGING_CONFIG" in os.environ or find_config_file("conf/logging")
    file = configuration_folder() / "logging.yml"
    if not chosen and file.is_file():
        configure_logging(yaml.safe_load(file.read_text(encoding="utf-8")))
