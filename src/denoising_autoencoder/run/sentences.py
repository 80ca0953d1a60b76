"""Errors that a user can correct, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import kedro
from kedro.config import MissingConfigException
from kedro.io import DatasetNotFoundError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from denoising_autoencoder.errors import (
    MixedVersionsError,
    ParameterError,
    ProjectError,
    TrainingDivergedError,
)

_RECURRING = (MixedVersionsError, ParameterError, TrainingDivergedError)


def explain(error: BaseException) -> str | None:
    """The sentence for an error that the user can correct, else None.

    Args:
        error: Error of a run, with its causes.
    """
    root = root_of(error)
    if isinstance(root, ProjectError):
        return str(root)
    if isinstance(error, (YAMLError, OmegaConfBaseException)):
        return f"The configuration cannot be read: {error}"
    # A wrong name on the command line: Kedro's own sentence names it.
    names = (ValueError, KeyError, DatasetNotFoundError, MissingConfigException)
    if isinstance(error, names) and _raised_by_kedro(error):
        return str(error.args[0]) if error.args else str(error)
    return None


def recurs(error: BaseException) -> bool:
    """Whether the same command, or the rest of it, would meet the error again."""
    return isinstance(root_of(error), _RECURRING)


def root_of(error: BaseException) -> BaseException:
    """The `ProjectError` among an error and its causes, else the error itself."""
    return next((e for e in _chain(error) if isinstance(e, ProjectError)), error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _raised_by_kedro(error: BaseException) -> bool:
    traceback = error.__traceback__
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    file = Path(traceback.tb_frame.f_code.co_filename)
    return file.is_relative_to(Path(kedro.__file__).parent)
