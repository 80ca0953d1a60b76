"""`kedro torchrun`: a run on several processes, which PyTorch's torchrun starts."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

import click

from denoising_autoencoder.run.command import PlainCommand
from denoising_autoencoder.run.together import EXIT_CODE


@click.command(
    "torchrun",
    cls=PlainCommand,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def torchrun_command(arguments: tuple[str, ...]) -> None:
    """Run on several processes: torchrun's options, then `run` with its own.

    The processes share the steps of a training; the first one does all else. Example:
    kedro torchrun --nproc-per-node 2 --max-restarts 3 run --nodes=resunet.train
    """
    os.environ.setdefault("LOGLEVEL", "CRITICAL")  # of torchrun, which reads it now
    # torchrun would set it too, and say so in eight lines.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import get_args_parser, run

    logging.getLogger("torch.distributed").setLevel(logging.CRITICAL)
    parser = get_args_parser()
    parser.prog = "torchrun"
    chosen = parser.parse_args(arguments)
    if chosen.training_script != "run":
        raise click.UsageError(
            "torchrun's options are followed by the command `run` and its options, but "
            f"here by {chosen.training_script!r}."
        )
    chosen.module, chosen.training_script = True, _program()
    chosen.training_script_args.insert(0, "run")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "code")
        os.environ[EXIT_CODE] = str(file)
        try:
            run(chosen)
        except ChildFailedError as error:
            rank, failure = error.get_first_failure()
            raise click.ClickException(
                f"Process {rank} {_end_of(failure.exitcode)}, and with it the run: the "
                "same command resumes its training from the last checkpoint."
            ) from error
        except SignalException as error:
            raise SystemExit(128 + error.sigval) from error
        if file.exists():
            raise SystemExit(int(file.read_text(encoding="utf-8")))


def _program() -> str:
    """The module of the program that was called."""
    return "kedro" if sys.argv[0].endswith("kedro") else "denoising_autoencoder"


def _end_of(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
