"""A Kedro session that tells the user in one sentence what the user can mend."""

from __future__ import annotations

import inspect
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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

from denoising_autoencoder.errors import (
    MixedVersionsError,
    ParameterError,
    ProjectError,
    TrainingDivergedError,
)
from denoising_autoencoder.hooks.progress import ProgressHooks
from denoising_autoencoder.hooks.resume import ResumeHooks
from denoising_autoencoder.parameters import check_parameters

_RUNNERS = (SequentialRunner, ThreadRunner)
"""Those under which hooks run where the run is: the others would lose the lineage."""


_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)  # Windows has no SIGHUP
]
"""Ctrl-C, `kill`, and a terminal that is closed."""

_RECURRING = (MixedVersionsError, ParameterError, TrainingDivergedError)
"""Errors that the same command, or the rest of it, would meet again."""


class Interrupted(KeyboardInterrupt):
    """A signal asked the run to end.

    Attributes:
        code: The exit code that shells have for it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.code = 128 + number


class CleanSession(KedroSession):
    """Checks all parameters before any work, and prints mendable errors plainly.

    On the command line an error that the user can mend becomes its message and exit
    code 1, an interrupt exit code 130 (Ctrl-C), 143 (SIGTERM) or 129 (SIGHUP), each
    with the command that goes on. Everything else keeps its traceback, and so does
    every error of a session that a program or a notebook runs.
    """

    @classmethod
    def create(
        cls, project_path: Path | str | None = None, *args: Any, **kwargs: Any
    ) -> KedroSession:
        """Create a session in a project: on a command line, in that of the command."""
        context = click.get_current_context(silent=True)
        if project_path is None and context is not None:
            project_path = getattr(context.obj, "project_path", None)
        return super().create(project_path, *args, **kwargs)

    def run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run as Kedro does, after a check of every parameter of the project."""
        resume = ResumeHooks()
        self._hook_manager.register(resume)
        try:
            if click.get_current_context(silent=True) is not None:
                return self._run_for_a_command_line(resume, args, kwargs)
            return self._checked_run(*args, **kwargs)
        except KeyboardInterrupt as interrupt:
            resume.tell_plugins(self._hook_manager, interrupt)
            raise
        finally:
            self._hook_manager.unregister(resume)

    def _run_for_a_command_line(
        self, resume: ResumeHooks, args: Any, kwargs: Any
    ) -> dict[str, Any]:
        progress = ProgressHooks()
        self._hook_manager.register(progress)
        received: list[Interrupted] = []
        try:
            with interrupts(resume.stop_trainings, received), progress:
                outputs = self._checked_run(*args, **kwargs)
                if received:  # and a library took no notice of it
                    raise received[0]
                return outputs
        except (Exception, KeyboardInterrupt) as error:
            if not received and not isinstance(error, KeyboardInterrupt):
                self._tell(error, resume)
                raise
            # What came up may be another error by now: OmegaConf's `finally` finds its
            # work half done, compiled code has words of its own for any error.
            interrupt = received[0] if received else Interrupted(signal.SIGINT)
            with suppress(OSError):  # the terminal may be closed
                self._tell_interrupt(resume)
            resume.tell_plugins(self._hook_manager, interrupt)
            raise SystemExit(interrupt.code) from None
        finally:
            self._hook_manager.unregister(progress)

    def _tell(self, error: BaseException, resume: ResumeHooks) -> None:
        """Print how to go on; raise what the user can mend as its sentence alone."""
        message, command = explain(error), self._command(resume)
        go_on = f"After that, go on with:\n  {command}" if command else ""
        if message is None:
            if go_on:
                click.echo(go_on, err=True)
            return
        if go_on and not isinstance(root_of(error), _RECURRING):
            message += f"\n{go_on}"
        raise click.ClickException(message) from error

    def _tell_interrupt(self, resume: ResumeHooks) -> None:
        command = self._command(resume)
        advice = (
            f"Go on with:\n  {command}" if command else "Run the same command again."
        )
        if resume.has_finished():
            advice = "Everything was saved."
        click.echo(
            f"Interrupted: what was saved stays, nothing is half-written. {advice}",
            err=True,
        )

    def _checked_run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        given = inspect.signature(super().run).bind(*args, **kwargs).arguments
        refuse_other_runners(given.get("runner"))
        check_parameters(read_parameters(self._get_config_loader()))
        return super().run(*args, **kwargs)

    def _command(self, resume: ResumeHooks) -> str | None:
        return resume.command(called_as(sys.argv[0]), self._other_conf_source())

    def _other_conf_source(self) -> str | None:
        usual = self._project_path / settings.CONF_SOURCE
        return None if Path(self._conf_source) == usual else self._conf_source


@contextmanager
def interrupts(also: Callable[[], None], received: list[Interrupted]) -> Iterator[None]:
    """Let signals unwind the stack, so that what is being written is cleaned up.

    Args:
        also: Is called before: no signal reaches the threads of a ThreadRunner.
        received: Is given what is raised, since a library may raise something else
            instead.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def interrupt(number: int, *_: object) -> None:
        received.append(Interrupted(number))
        also()
        raise received[-1]

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, former in before.items():
        if former is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, signal.SIG_DFL if former is None else former)


def called_as(program: str) -> str:
    """How the user called the command `run`, to be pasted before other flags.

    Args:
        program: The path of what was called.
    """
    path = Path(program)
    if path.name == "__main__.py":
        return f"python -m {path.parent.name} run"
    if path == Path(shutil.which(path.name) or ""):
        return f"{path.name} run"
    here = Path.cwd()
    return f"{path.relative_to(here) if path.is_relative_to(here) else path} run"


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
        parameters = loader["parameters"]
    except MissingConfigException:
        raise
    except Exception as error:  # OmegaConf's, PyYAML's, and Python's own
        raise ParameterError(f"The configuration cannot be read: {error}") from error
    for name in ("data_root", "compared_lane"):
        if name in parameters and name not in (loader.runtime_params or {}):
            raise ParameterError(
                f"{name} stands in a file of parameters, where the catalog does not "
                "look: set it in a globals.yml (conf/local/globals.yml is yours), or "
                f"for one run by --params={name}=VALUE."
            )
    return parameters


def explain(error: BaseException) -> str | None:
    """The sentence for an error that the user can mend, else None.

    Args:
        error: As a run raised it; its causes are looked at too.
    """
    root = root_of(error)
    if isinstance(root, ProjectError):
        return str(root)
    if isinstance(error, (YAMLError, OmegaConfBaseException)):
        return f"The configuration cannot be read: {error}"
    # A name on the command line that does not exist: Kedro's own sentence says it.
    names = (ValueError, KeyError, DatasetNotFoundError, MissingConfigException)
    if isinstance(error, names) and _raised_by_kedro(error):
        return str(error.args[0]) if error.args else str(error)
    return None


def root_of(error: BaseException) -> BaseException:
    """The error that the user can mend behind an error, else the error itself."""
    return next((e for e in _chain(error) if isinstance(e, ProjectError)), error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that led to it."""
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
