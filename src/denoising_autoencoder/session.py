"""A Kedro session that tells the user in one sentence what the user can mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import kedro
from kedro.config import MissingConfigException
from kedro.framework.session import KedroSession
from kedro.io import DatasetNotFoundError
from yaml import YAMLError

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.parameters import check_parameters

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class CleanSession(KedroSession):
    """Checks all parameters before any work, and prints mendable errors plainly.

    On the command line an error that the user can mend becomes its message and exit
    code 1. Everything else keeps its traceback, and so does every error of a session
    that a program or a notebook runs.
    """

    def run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run as Kedro does, after a check of every parameter of the project."""
        on_command_line = click.get_current_context(silent=True) is not None
        try:
            check_parameters(self._get_config_loader()["parameters"])
            return super().run(*args, **kwargs)
        except Exception as error:
            message = explain(error)
            if message is None or not on_command_line:
                raise
            raise click.ClickException(message) from error
        except KeyboardInterrupt:
            if not on_command_line:
                raise
            click.echo(
                "Interrupted: what was saved stays, nothing is half-written; "
                "the same command starts again.",
                err=True,
            )
            raise SystemExit(_INTERRUPTED) from None


def explain(error: BaseException) -> str | None:
    """The sentence for an error that the user can mend, else None.

    Args:
        error: As a run raised it; its causes are looked at too.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ProjectError):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, YAMLError):
        return f"The configuration cannot be read: {error}"
    # A name on the command line that does not exist: Kedro's own sentence says it.
    names = (ValueError, KeyError, DatasetNotFoundError, MissingConfigException)
    if isinstance(error, names) and _raised_by_kedro(error):
        return str(error.args[0]) if error.args else str(error)
    return None


def _raised_by_kedro(error: BaseException) -> bool:
    traceback = error.__traceback__
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    file = Path(traceback.tb_frame.f_code.co_filename)
    return file.is_relative_to(Path(kedro.__file__).parent)
