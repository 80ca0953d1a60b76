"""A Kedro session that answers in one sentence where the user can correct an error."""

from __future__ import annotations

import inspect
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from kedro.config import AbstractConfigLoader
from kedro.framework.project import settings
from kedro.framework.session import KedroSession
from kedro.runner import AbstractRunner

from denoising_autoencoder.compute.processes import end_processes
from denoising_autoencoder.compute.torchrun import is_shared
from denoising_autoencoder.hooks.progress import ProgressHooks
from denoising_autoencoder.hooks.resume import ResumeHooks, called_as
from denoising_autoencoder.parameters import check_parameters
from denoising_autoencoder.run.configuration import data_root
from denoising_autoencoder.run.folders import (
    refuse_configuration_folder,
    refuse_data_root,
)
from denoising_autoencoder.run.interrupts import Interrupted, interrupts
from denoising_autoencoder.run.parameters import read_parameters
from denoising_autoencoder.run.runners import (
    OneThreadRunner,
    flags_of,
    refuse_a_store,
    refuse_any_runner,
    refuse_other_runners,
)
from denoising_autoencoder.run.sentences import explain, recurs
from denoising_autoencoder.run.version import newest_of_all, refuse_malformed


class CleanSession(KedroSession):
    """Checks all parameters before any work, and prints plain errors.

    On the command line, an error that the user can correct becomes one sentence and
    exit code 1. An interrupt becomes exit code 130 (Ctrl-C), 143 (SIGTERM) or 129
    (SIGHUP). Both print the command that resumes the run. Every other error keeps its
    traceback, and so does every error of a session in a program or a notebook.
    """

    _loader: AbstractConfigLoader | None = None
    _runner: AbstractRunner | None = None

    @classmethod
    def create(
        cls, project_path: Path | str | None = None, *args: Any, **kwargs: Any
    ) -> KedroSession:
        """Create a session, on a command line in the project of the command."""
        context = click.get_current_context(silent=True)
        if project_path is None and context is not None:
            project_path = getattr(context.obj, "project_path", None)
        return super().create(project_path, *args, **kwargs)

    def run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run as Kedro does, after a check of every parameter of the project.

        Of several processes that torchrun has started, the first one runs.
        """
        if not is_shared():
            return self._run_here(*args, **kwargs)
        from denoising_autoencoder.run.together import run_together

        return run_together(lambda: self._run_here(*args, **kwargs))

    def _run_here(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
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

        def stop_work() -> None:
            resume.stop_trainings()
            end_processes()

        try:
            with interrupts(stop_work, received), progress:
                outputs = self._checked_run(*args, **kwargs)
                if received:  # and a library caught it
                    raise received[0]
                return outputs
        except (Exception, KeyboardInterrupt) as error:
            if not received and not isinstance(error, KeyboardInterrupt):
                self._print_error(error, resume)
                raise
            # A library may have raised its own error instead of the interrupt:
            # OmegaConf does in a `finally`, and compiled code for any exception.
            interrupt = received[0] if received else Interrupted(signal.SIGINT)
            with suppress(OSError):  # the terminal may be closed
                self._print_interrupt(resume)
            resume.tell_plugins(self._hook_manager, interrupt)
            raise SystemExit(interrupt.code) from None
        finally:
            self._hook_manager.unregister(progress)

    def _print_error(self, error: BaseException, resume: ResumeHooks) -> None:
        """Print how to resume; raise an error that the user can correct as a sentence.

        Raises:
            click.ClickException: The user can correct the error.
        """
        message, command = explain(error), self._command(resume)
        advice = ""
        if command:
            advice = f"Once that is corrected, resume the run with:\n  {command}"
        if message is None:
            if advice:
                click.echo(advice, err=True)
            return
        if advice and not recurs(error):
            message += f"\n{advice}"
        raise click.ClickException(message) from error

    def _print_interrupt(self, resume: ResumeHooks) -> None:
        command = self._command(resume)
        if resume.has_finished():
            advice = "Nothing is left to do."
        elif command:
            advice = f"Resume the run with:\n  {command}"
        else:
            advice = "Run the same command again."
        click.echo(f"Interrupted: every saved file is complete. {advice}", err=True)

    def _checked_run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        call = inspect.signature(super().run).bind(*args, **kwargs)
        self._runner = call.arguments.get("runner")
        refuse_other_runners(self._runner)
        if is_shared():
            refuse_any_runner(self._runner)
            # An interrupt lets a thread finish its step and save a checkpoint; and the
            # main thread would not hear it while it waits for another process.
            call.arguments["runner"] = OneThreadRunner()
        refuse_configuration_folder(Path(self._conf_source))
        loader = self._get_config_loader()
        loader["catalog"] = loader["catalog"]  # read once, for the check and the run
        parameters = check_parameters(read_parameters(loader))
        refuse_data_root(data_root(loader, self._project_path))
        refuse_a_store(self._runner, parameters.data_root)
        if parameters.run_version is not None:
            refuse_malformed(parameters.run_version)
            # What a try before has saved is not made again.
            call.arguments["only_missing_outputs"] = True
            return self._run_as(parameters.run_version, call)
        wanted = self._store["session_id"]
        with newest_of_all(wanted, loader, self._project_path) as version:
            return self._run_as(version, call)

    def _run_as(self, version: str, call: inspect.BoundArguments) -> dict[str, Any]:
        self._store["session_id"] = self.session_id = version  # Kedro saves under it
        return super().run(*call.args, **call.kwargs)

    def _get_config_loader(self) -> AbstractConfigLoader:
        if self._loader is None:
            self._loader = super()._get_config_loader()
        return self._loader

    def _command(self, resume: ResumeHooks) -> str | None:
        return resume.command(
            called_as(sys.argv[0]), self._other_conf_source(), flags_of(self._runner)
        )

    def _other_conf_source(self) -> str | None:
        usual = self._project_path / settings.CONF_SOURCE
        return None if Path(self._conf_source) == usual else self._conf_source
