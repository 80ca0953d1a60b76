"""The project's commands, and Kedro's `run` with answers in one sentence."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from inspect import signature
from typing import Any

import click
from click.core import ParameterSource
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError
from kedro.utils import load_obj
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from denoising_autoencoder.addresses import is_address
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.run.runners import OF_THE_PROJECT
from denoising_autoencoder.run.typed_values import refuse_misread_values
from denoising_autoencoder.terminal.output import unbreakable_output

_RUNNERS = ("SequentialRunner", "ThreadRunner", "ParallelRunner", *OF_THE_PROJECT)
"""Runners with a short name; the session refuses the third one with a reason."""

_INVALID = (
    *(YAMLError, OmegaConfBaseException),
    *(LookupError, TypeError, ValueError, AttributeError, OSError),
)
"""What Kedro raises for an invalid value, or an invalid file of --config."""


class DataRoot(click.Path):
    """A folder that exists, or an address."""

    def __init__(self) -> None:
        super().__init__(exists=True, file_okay=False)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Check a folder; an address is checked where it is used."""
        return value if is_address(value) else super().convert(value, param, ctx)


class PlainCommand(click.Command):
    """Ends well whatever becomes of its output."""

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command."""
        with unbreakable_output():
            return super().invoke(ctx)


class PlainRun(PlainCommand):
    """Refuses, in one sentence, what Kedro answers with a traceback or drops silently.

    Kedro's own errors of this stage are printed as "NoneType: None".
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command.

        Raises:
            click.ClickException: The runner cannot be made from its parameters.
        """
        try:
            return super().invoke(ctx)
        except ProjectError as error:
            raise click.ClickException(str(error)) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments of the command line.

        Raises:
            click.UsageError: The arguments are invalid.
        """
        # Before the parser, which removes the arguments from the list.
        flags = [argument.split("=")[0] for argument in args]
        if flags.count("--params") > 1:
            raise click.UsageError(
                "--params is given twice, and only the last would count: put all "
                "parameters into one, separated by commas."
            )
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            if "must contain a key and a value" not in error.message:
                raise
            raise click.UsageError(
                f"{error.message} A list goes into a file, and so does a text with a "
                "comma: into conf/local/parameters.yml or that of --config, since "
                "Kedro splits --params at commas.",
                error.ctx,
            ) from error
        except KedroCliError as error:
            raise click.UsageError(str(error)) from error
        except _INVALID as error:
            what = (
                "A flag has an invalid YAML value (a text with brackets or other signs "
                "goes in quotes, name='text', or into a file of --config)"
            )
            if "--config" in flags or "-c" in flags:
                what = "The file of --config is not YAML with a block `run` of flags"
            raise click.UsageError(f"{what}: {error}") from error
        _refuse(ctx)
        return rest


def _refuse(ctx: click.Context) -> None:
    runner = ctx.params["runner"]
    if runner and "." not in runner and runner not in _RUNNERS:
        raise click.UsageError(
            f"There is no runner {runner!r}: leave out --runner, or use ThreadRunner "
            "or DaskRunner."
        )
    ctx.params["runner"] = OF_THE_PROJECT.get(runner, runner)
    _refuse_unknown_parameters(ctx.params["runner"], ctx.params["runner_params"])
    typed = ctx.get_parameter_source("params") is ParameterSource.COMMANDLINE
    if typed and "params" in (ctx.default_map or {}):
        raise click.UsageError(
            "--params would replace all params of the file of --config: put all "
            "parameters into one of them."
        )


def _refuse_unknown_parameters(runner: str | None, given: Mapping[str, Any]) -> None:
    try:
        made = load_obj(runner or "SequentialRunner", "kedro.runner")
    except (ImportError, AttributeError) as error:
        raise click.UsageError(f"--runner={runner} cannot be found: {error}") from error
    known = [name for name in signature(made).parameters if name != "is_async"]
    for name in given.keys() - {"is_async", *known}:
        raise click.UsageError(
            f"--runner-params: {made.__name__} has no parameter {name}, but "
            f"{' and '.join(known) or 'none'}."
        )


def _checked(option: click.Parameter) -> click.Parameter:
    """Kedro's option, with a check of the values if it is `--params`."""
    read = option.callback
    if option.name != "params" or read is None:
        return option

    def check_and_read(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        values = read(ctx, param, value)
        if isinstance(value, str):  # not what a file of --config holds
            refuse_misread_values(value)
        return values

    checked = copy.copy(option)
    checked.callback = check_and_read
    return checked


run = PlainRun(
    "run",
    callback=kedro_run.callback,
    params=[_checked(option) for option in kedro_run.params],
    help=kedro_run.help,
    context_settings=kedro_run.context_settings,
)
