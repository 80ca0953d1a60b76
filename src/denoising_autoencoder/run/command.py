"""Kedro's `run`, which answers a misspelt command in one sentence."""

from __future__ import annotations

import click
from click.core import ParameterSource
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

_RUNNERS = ("SequentialRunner", "ThreadRunner", "ParallelRunner")
"""Runners of Kedro; the session refuses the last one with a reason."""

_INVALID = (
    *(YAMLError, OmegaConfBaseException),
    *(LookupError, TypeError, ValueError, AttributeError, OSError),
)
"""What Kedro raises for an invalid value, or an invalid file of --config."""


class PlainRun(click.Command):
    """Refuses, in one sentence, what Kedro answers with a traceback or drops silently.

    Kedro's own errors of this stage are printed as "NoneType: None".
    """

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
                f"{error.message} A list goes into a file, conf/local/parameters.yml "
                "or that of --config, since Kedro splits --params at commas.",
                error.ctx,
            ) from error
        except KedroCliError as error:
            raise click.UsageError(str(error)) from error
        except _INVALID as error:
            what = "A flag has an invalid YAML value"
            if "--config" in flags or "-c" in flags:
                what = "The file of --config is not YAML with a block `run` of flags"
            raise click.UsageError(f"{what}: {error}") from error
        _refuse(ctx)
        return rest


def _refuse(ctx: click.Context) -> None:
    runner = ctx.params["runner"]
    if runner and "." not in runner and runner not in _RUNNERS:
        raise click.UsageError(
            f"There is no runner {runner!r}: leave out --runner, or use ThreadRunner."
        )
    typed = ctx.get_parameter_source("params") is ParameterSource.COMMANDLINE
    if typed and "params" in (ctx.default_map or {}):
        raise click.UsageError(
            "--params would replace all params of the file of --config: put all "
            "parameters into one of them."
        )


run = PlainRun(
    "run",
    callback=kedro_run.callback,
    params=kedro_run.params,
    help=kedro_run.help,
    context_settings=kedro_run.context_settings,
)
