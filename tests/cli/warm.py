"""`kedro` in a process that is forked from one with all imports made.

Most of a call's three seconds are imports. Here `kedro.framework.cli.main` gets its
arguments in a process of its own, with its own folder, environment, output and exit
code. What differs from a shell: what modules do and say when they are imported belongs
to the process that it is forked from, whose seed of string hashes and whose state of
NumPy's global generator it shares. Where that matters a call must be a cold one.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from contextlib import chdir
from multiprocessing import forkserver
from pathlib import Path
from unittest.mock import patch

IMPORTED = [
    *("denoising_autoencoder.figures", "denoising_autoencoder.pipeline_registry"),
    *("denoising_autoencoder.networks", "denoising_autoencoder.trainer"),
    *("kedro.framework.cli", "kedro.framework.session", "kedro_datasets.json"),
    *("kedro_datasets.pandas", "matplotlib.backends.backend_agg"),
    *("scipy.stats", "skimage.metrics", "torch"),
    "pytest",  # which each child imports again, as the main module of the tests
]
"""What a run imports, sooner or later. None of it starts a thread, so that it may be
forked."""


def can_fork() -> bool:
    """Whether processes are forked safely: not so with the libraries of macOS."""
    return sys.platform == "linux"


def call(
    command: list[str], folder: Path, environment: dict[str, str], timeout: float
) -> tuple[int, str]:
    """Call `kedro` and wait for it.

    Args:
        command: With its own name before the arguments.
        folder: Where it is called.
        environment: Of the process.
        timeout: In seconds.

    Returns:
        Exit code and output.

    Raises:
        subprocess.TimeoutExpired: It did not end.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    # What is read once, at an import: the project's logging, the terminal's width.
    with chdir(folder), patch.dict(os.environ, environment, clear=True):
        forkserver.ensure_running()
    with tempfile.NamedTemporaryFile() as output:
        process = context.Process(
            target=_main, args=(command, folder, environment, output.name)
        )
        process.start()
        try:
            process.join(timeout)
            if process.exitcode is None:
                raise subprocess.TimeoutExpired(command, timeout, output.read())
            return process.exitcode, Path(output.name).read_text()
        finally:
            process.kill()  # nothing, if it has ended
            process.join()


def _main(
    command: list[str], folder: Path, environment: dict[str, str], output: str
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for stream, path, mode in (
        (0, os.devnull, os.O_RDONLY),
        (1, output, os.O_WRONLY | os.O_APPEND),
        (2, output, os.O_WRONLY | os.O_APPEND),
    ):
        os.dup2(os.open(path, mode), stream)
    # As the console script does; pools of the run start as they would in a shell.
    sys.argv = command
    multiprocessing.set_start_method(None, force=True)
    from kedro.framework.cli import main

    main()
