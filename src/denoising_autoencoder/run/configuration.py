"""Where the configuration is, and the folder of all artifacts that it names."""

from __future__ import annotations

from pathlib import Path

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
