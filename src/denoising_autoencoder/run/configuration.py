"""Where the configuration is, and the folder of all artifacts that it names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from denoising_autoencoder.addresses import is_address
from denoising_autoencoder.run.folders import (
    refuse_configuration_folder,
    refuse_data_root,
)

if TYPE_CHECKING:  # Kedro sets the log up as soon as it is imported
    from kedro.config import AbstractConfigLoader, OmegaConfigLoader

_PACKAGE = Path(__file__).parents[1]


def configuration_folder() -> Path:
    """The folder `conf`: inside an installed package, at the top level of a clone."""
    packaged = _PACKAGE / "conf"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "conf"


def open_configuration(
    project: Path, env: str | None, data: str | None
) -> OmegaConfigLoader:
    """Open the configuration for a command that is not a run.

    Args:
        project: Folder of the project.
        env: Environment; the usual one if None.
        data: Folder of all artifacts, or its address; the configured one if None.

    Raises:
        ProjectError: A folder cannot be used.
    """
    from kedro.config import OmegaConfigLoader
    from kedro.framework.project import settings

    source = project / settings.CONF_SOURCE
    refuse_configuration_folder(source)
    if data:
        data = data if is_address(data) else str(Path(data).absolute())
        refuse_data_root(data)
    return OmegaConfigLoader(
        conf_source=str(source),
        env=env,
        runtime_params={"data_root": data} if data else {},
        **settings.CONFIG_LOADER_ARGS,
    )


def data_root(loader: AbstractConfigLoader, project: Path) -> str:
    """The folder of all artifacts, absolute, or its address.

    Args:
        loader: Loader of the environment, with the parameters of the run.
        project: Folder that a relative path starts from.
    """
    runtime = loader.runtime_params or {}
    root = str(runtime.get("data_root") or loader["globals"]["data_root"])
    return absolute(root, project)


def absolute(place: str, project: Path) -> str:
    """An absolute path, or the address itself.

    Args:
        place: Folder, file or address.
        project: Folder that a relative path starts from.
    """
    return place if is_address(place) else str(project / place)


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
