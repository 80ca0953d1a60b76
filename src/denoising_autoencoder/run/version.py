"""The version under which a run saves."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kedro.config import AbstractConfigLoader

from denoising_autoencoder.artifacts.stores import store_of
from denoising_autoencoder.artifacts.versions import claim, is_version, newest_version
from denoising_autoencoder.datasets.places import read_places
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.run.configuration import data_root

logger = logging.getLogger(__name__)


def refuse_malformed(version: str) -> None:
    """Refuse a version that would not be found or ordered among the others.

    Args:
        version: Version that the user asks for.

    Raises:
        ParameterError: It is not a moment in the form of Kedro's versions.
    """
    if not is_version(version):
        raise ParameterError(
            f"Nothing was run: run_version is {version!r}, but a version is a moment "
            "of UTC with milliseconds, such as 2026-01-31T12.30.00.000Z: give one of "
            "that form."
        )


@contextmanager
def newest_of_all(
    version: str, loader: AbstractConfigLoader, project: Path
) -> Iterator[str]:
    """Give a run a version that comes after every saved one, while the block runs.

    Args:
        version: Version after the clock.
        loader: Loader of the environment, with the parameters of the run.
        project: Folder that relative paths start from.

    Yields:
        The version of the run.

    Raises:
        DatasetFileError: No later version exists, or the store cannot be used.
    """
    root = data_root(loader, project)
    store = store_of(root)
    with store.structure(store.here(root), lineages=False) as seen:
        places = read_places(loader["catalog"], project, seen.root, root)
        newest = newest_version(places.artifacts())
    with claim(version, newest, store.here(root), store) as chosen:
        if version < newest:
            logger.warning(
                "The clock says %s, but the newest version was saved at %s: this run "
                "is saved as %s, so that it is the newest. Set the clock if it is "
                "wrong.",
                version,
                newest,
                chosen,
            )
        yield chosen
