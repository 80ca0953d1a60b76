"""`kedro run` as Kedro has it, with its mistakes of spelling told in one sentence."""

from __future__ import annotations

import click
from click.core import ParameterSource
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

_RUNNERS = ("SequentialRunner", "ThreadRunner", "ParallelRunner")
"""Of Kedro; the session says why not to take the last."""

_NO_FLAGS = (
    *(YAMLError, OmegaConfBaseException),
    *(LookupError, TypeError, ValueError, AttributeError, OSError),
)
"""What Kedro raises for a file of --config, or a value, that holds something else."""


class PlainRun(click.Command):
    """Answers in one sentence where Kedro has a traceback or drops what was given.

    Kedro's own errors of this stage come out as "NoneType: None", without their words.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments of the command line.

        Raises:
            click.UsageError: They cannot be what was meant.
        """
        # Before the parser, which takes the arguments out of the list one by one.
        flags = [one.split("=")[0] for one in args]
        if flags.count("--params") > 1:
            raise click.UsageError(
                "--params is given twice, and only the last would count: put all into "
                "one, with commas between."
            )
        try:
            rest = super().parse_args(ctx, args)
        except KedroCliError as error:
            raise click.UsageError(str(error)) from error
        except _NO_FLAGS as error:
            what = "The value of a flag is no YAML"
            if "--config" in flags or "-c" in flags:
                what = "The file of --config is no YAML with a block `run` of flags"
            raise click.UsageError(f"{what}: {error}") from error
        _refuse(ctx)
        return rest


def _refuse(ctx: click.Context) -> None:
    runner = ctx.params["runner"]
    if runner and "." not in runner and runner not in _RUNNERS:
        raise click.UsageError(
            f"There is no runner {runner!r}: leave --runner out, or take ThreadRunner."
        )
    typed = ctx.get_parameter_source("params") is ParameterSource.COMMANDLINE
    if typed and "params" in (ctx.default_map or {}):
        raise click.UsageError(
            "--params would replace all params of the file of --config: put all into "
            "one of both."
        )


run = PlainRun(
    "run",
    callback=kedro_run.callback,
    params=kedro_run.params,
    help=kedro_run.help,
    context_settings=kedro_run.context_settings,
)
