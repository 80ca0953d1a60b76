"""A Kedro session that tells the user in one sentence what the user can mend."""

from __future__ import annotations

import inspect
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import kedro
from kedro.config import AbstractConfigLoader, MissingConfigException
from kedro.framework.project import settings
from kedro.framework.session import KedroSession
from kedro.io import DatasetNotFoundError
from kedro.runner import SequentialRunner, ThreadRunner
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.hooks.resume import ResumeHooks
from denoising_autoencoder.parameters import check_parameters

_RUNNERS = (SequentialRunner, ThreadRunner)
"""Those under which hooks run where the run is: the others would lose the lineage."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM), which is an interrupt like Ctrl-C."""


class CleanSession(KedroSession):
    """Checks all parameters before any work, and prints mendable errors plainly.

    On the command line an error that the user can mend becomes its message and exit
    code 1, an interrupt exit code 130 (Ctrl-C) or 143 (SIGTERM), each with the command
    that goes on. Everything else keeps its traceback, and so does every error of a
    session that a program or a notebook runs.
    """

    def run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run as Kedro does, after a check of every parameter of the project."""
        on_command_line = click.get_current_context(silent=True) is not None
        resume = ResumeHooks()
        self._hook_manager.register(resume)
        try:
            with _termination_as_interrupt():
                if on_command_line:
                    refuse_repeated_params(sys.argv)
                given = inspect.signature(super().run).bind(*args, **kwargs).arguments
                refuse_other_runners(given.get("runner"))
                check_parameters(read_parameters(self._get_config_loader()))
                return super().run(*args, **kwargs)
        except Exception as error:
            message = explain(error)
            if not on_command_line:
                raise
            command = resume.command(called_as(sys.argv[0]), self._other_conf_source())
            if message is None:
                if command:
                    click.echo(_go_on(command), err=True)
                raise
            if command:
                message += f"\n{_go_on(command)}"
            raise click.ClickException(message) from error
        except KeyboardInterrupt as interrupt:
            if not on_command_line:
                raise
            command = resume.command(called_as(sys.argv[0]), self._other_conf_source())
            click.echo(
                "Interrupted: what was saved stays, nothing is half-written. "
                + (_go_on(command) if command else "The same command starts again."),
                err=True,
            )
            number = (
                signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT
            )
            raise SystemExit(128 + number) from None  # as shells have it
        finally:
            self._hook_manager.unregister(resume)

    def _other_conf_source(self) -> str | None:
        usual = self._project_path / settings.CONF_SOURCE
        return None if Path(self._conf_source) == usual else self._conf_source


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that what is being written is cleaned up."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def interrupt(*_: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _go_on(command: str) -> str:
    return f"Go on with:\n  {command}"


def called_as(program: str) -> str:
    """How a user calls Kedro: so that a proposed command can be pasted.

    Args:
        program: The path of what was called.
    """
    path = Path(program)
    if path.stem != "kedro":  # python -m, or the installed package
        return "kedro"
    if path == Path(shutil.which("kedro") or ""):
        return "kedro"
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def refuse_repeated_params(arguments: list[str]) -> None:
    """Refuse a second `--params`, which Kedro would take instead of the first.

    Args:
        arguments: Of the command line.

    Raises:
        ParameterError: There are two.
    """
    given = [one for one in arguments if one.split("=")[0] == "--params"]
    if len(given) > 1:
        raise ParameterError(
            "--params is given twice, and only the last would count: put all into one, "
            "as in --params=noise.std=0.1,dae.steps=2000."
        )


def refuse_other_runners(runner: object) -> None:
    """Refuse a runner under which this project's hooks do not see the nodes.

    Args:
        runner: Of Kedro; None for the default.

    Raises:
        ProjectError: It is neither sequential nor of threads.
    """
    if runner is not None and not isinstance(runner, _RUNNERS):
        raise ProjectError(
            f"{type(runner).__name__} runs nodes in other processes, where their "
            "lineage would be lost: leave --runner out, or take "
            "--runner=ThreadRunner, which runs the models side by side."
        )


def read_parameters(loader: AbstractConfigLoader) -> Any:
    """Read the parameters of a configuration.

    Args:
        loader: Of the environment that is asked for.

    Raises:
        ParameterError: A file is no YAML, or refers to what does not exist.
        MissingConfigException: There is no such environment.
    """
    try:
        return loader["parameters"]
    except MissingConfigException:
        raise
    except Exception as error:  # OmegaConf's, PyYAML's, and Python's own
        raise ParameterError(f"The configuration cannot be read: {error}") from error


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
    if isinstance(error, (YAMLError, OmegaConfBaseException)):
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
