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
import select
import subprocess
import sys
import tempfile
import threading
from contextlib import chdir
from multiprocessing import forkserver
from pathlib import Path
from unittest.mock import patch

IMPORTED = [
    *("denoising_autoencoder.figures", "denoising_autoencoder.pipeline_registry"),
    *("denoising_autoencoder.networks.build", "denoising_autoencoder.trainer"),
    *("kedro.framework.cli", "kedro.framework.session", "kedro_datasets.json"),
    *("kedro_datasets.pandas", "matplotlib.backends.backend_agg"),
    *("skimage.metrics", "torch"),
    "pytest",  # which each child imports again, as the main module of the tests
]
"""What a run imports, sooner or later. None of it starts a thread, so that it may be
forked."""


_BEGUN = b"!"


def can_fork() -> bool:
    """Whether processes are forked safely: not so with the libraries of macOS."""
    return sys.platform == "linux"


class Forked:
    """A process that runs `kedro`, to be used as a `subprocess.Popen` is.

    Args:
        command: With its own name before the arguments.
        folder: Where it is called.
        environment: Of the process.

    Attributes:
        stdout: Its output, standard error too, as it comes.
    """

    def __init__(
        self, command: list[str], folder: Path, environment: dict[str, str]
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(IMPORTED)
        # What is read once, at an import: the project's logging, the terminal's width.
        with chdir(folder), patch.dict(os.environ, environment, clear=True):
            forkserver.ensure_running()
        with tempfile.TemporaryDirectory() as place:
            pipe = Path(place) / "output"
            os.mkfifo(pipe)
            arguments = (command, folder, environment, pipe)
            self._process = context.Process(target=_main, args=arguments)
            reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            self._process.start()
            # A pipe whose other end is not open yet looks as if it were at its end.
            while not select.select([reader], [], [], 0.01)[0]:
                assert self._process.is_alive(), "it died before it began"
            assert os.read(reader, 1) == _BEGUN
            os.set_blocking(reader, True)
            self.stdout = open(reader)  # noqa: SIM115, PTH123, as long as the process

    @property
    def returncode(self) -> int | None:
        """The exit code, or minus the signal that killed it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """Kill it, if it has not ended."""
        self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Wait for its end; the rest of its output.

        Raises:
            subprocess.TimeoutExpired: It did not end.
        """
        rest: list[str] = []
        reader = threading.Thread(target=lambda: rest.append(self.stdout.read()))
        reader.daemon = True
        reader.start()
        reader.join(timeout)
        if reader.is_alive():
            raise subprocess.TimeoutExpired("kedro", timeout or 0)
        self._process.join()
        self.stdout.close()
        return rest[0], None


def _main(
    command: list[str], folder: Path, environment: dict[str, str], pipe: Path
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    output = os.open(pipe, os.O_WRONLY)
    os.write(output, _BEGUN)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # As the console script does; pools of the run start as they would in a shell.
    sys.argv = command
    multiprocessing.set_start_method(None, force=True)
    from kedro.framework.cli import main

    main()
