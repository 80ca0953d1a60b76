"""A run on the processes that torchrun has started: rank 0 runs, the others help."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from denoising_autoencoder.compute.torchrun import Group, join
from denoising_autoencoder.errors import LostProcessError, ProjectError
from denoising_autoencoder.run.sentences import root_of

EXIT_CODE = "DENOISING_AUTOENCODER_EXIT_CODE"
"""Variable with the path of a file for the exit code, set by `kedro torchrun`. torchrun
starts a process that fails again, though its sentence would only come again: so it
writes its code there, and ends well."""

logger = logging.getLogger(__name__)

Facts = dict[str, str]


def run_together(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run in the process of rank 0, and help it in the others.

    Args:
        run: The run, with all that it reads and saves.

    Returns:
        What the run returns; nothing in the other processes.

    Raises:
        ProjectError: The processes differ, or one of them has ended.
    """
    try:
        with join() as group:
            if EXIT_CODE in os.environ:  # of an attempt before
                Path(os.environ[EXIT_CODE]).unlink(missing_ok=True)
            differences = compare(group.gather(_facts()))
            if differences:
                raise ProjectError(differences)
            return _help(group) if group.rank else _run(run, group)
    except (ProjectError, click.ClickException, SystemExit) as error:
        if click.get_current_context(silent=True) is None:
            raise
        _end(error)
        raise


def _run(run: Callable[[], dict[str, Any]], group: Group) -> dict[str, Any]:
    code: Any = 1
    try:
        outputs = run()
        code = 0
    except SystemExit as end:
        code = end.code
        raise
    finally:
        with suppress(LostProcessError):  # what was raised counts
            for rank in range(1, group.size):
                group.send_object(code, rank)
    return outputs


def _help(group: Group) -> dict[str, Any]:
    from denoising_autoencoder.trainer.sharing import help_with

    # A signal to all processes is for rank 0, which finishes its step with their help.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    while not isinstance(task := group.receive_object(0), int):
        help_with(task, group)
    if task:
        raise SystemExit(task)
    return {}


def _end(error: ProjectError | click.ClickException | SystemExit) -> None:
    """Raise what click ends the process by.

    Raises:
        click.ClickException: For a sentence.
        SystemExit: The code is written into the file that `EXIT_CODE` names.
    """
    file = os.environ.get(EXIT_CODE)
    shown: click.ClickException | SystemExit = (
        click.ClickException(str(error)) if isinstance(error, ProjectError) else error
    )
    if file and not isinstance(root_of(error), LostProcessError):
        if isinstance(shown, click.ClickException):
            shown.show()
        code = shown.code if isinstance(shown, SystemExit) else shown.exit_code
        Path(file).write_text(str(code), encoding="utf-8")
        raise SystemExit(0) from error
    if isinstance(error, ProjectError):
        raise shown from error


def _facts() -> Facts:
    import numpy as np
    import torch

    from denoising_autoencoder import __version__
    from denoising_autoencoder.trainer.ingredients import PACKAGE, code_digests

    return {
        "command": shlex.join(sys.argv[1:]),
        "PyTorch": torch.__version__,
        "NumPy": np.__version__,
        "denoising_autoencoder": __version__,
        "code": " ".join(digest[:8] for digest in code_digests(PACKAGE).values()),
    }


def compare(facts: Sequence[Mapping[str, str]]) -> str | None:
    """Say what makes it impossible that processes share a training.

    Args:
        facts: What `run_together` knows of each process, by rank.

    Returns:
        A sentence; None if the processes fit.
    """
    first = facts[0]
    for rank, other in enumerate(facts):
        for name in first:
            if other[name] != first[name]:
                return (
                    f"Process {rank} has another {name} than process 0 "
                    f"({other[name]}, not {first[name]}): start the same command "
                    "with the same packages on every host."
                )
    return None
