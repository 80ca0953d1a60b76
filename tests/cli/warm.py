"""`kedro` in a process that is forked from one that has imported everything.

Most of a call's three seconds are imports. Here `kedro.framework.cli.main` runs in a
process with its own arguments, folder, environment, output and exit code. It differs
from a call in a shell in three ways: the imports (and what they print) happened in the
process that it is forked from, whose seed of string hashes and whose state of NumPy's
global generator it shares. Where that matters, a call must be cold.
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

from tests.processes import default_signals, watch

IMPORTED = [
    *("denoising_autoencoder.cli", "denoising_autoencoder.hooks"),
    *("denoising_autoencoder.figures", "denoising_autoencoder.pipeline_registry"),
    *("denoising_autoencoder.networks.build", "denoising_autoencoder.trainer"),
    *("denoising_autoencoder.run.session", "kedro.framework.cli"),
    *("kedro.framework.context", "kedro.framework.session", "kedro_datasets.json"),
    *("kedro_datasets.pandas", "kedro_telemetry.plugin"),
    *("kedro_viz.integrations.kedro.run_hooks", "kedro_viz.launchers.cli.main"),
    *("matplotlib.backends.backend_agg", "pathspec", "skimage.metrics"),
    *("tests.cli.ahead", "torch"),
    "pytest",  # each child imports it again, as the main module of the tests
]
"""What a run imports, sooner or later. None of it starts a thread, so forking is
safe."""

_BEGUN = b"!"


def can_fork() -> bool:
    """Whether forking is safe: the libraries of macOS do not allow it."""
    return sys.platform == "linux"


class Forked:
    """A process that runs `kedro`, with the methods of `subprocess.Popen`.

    Args:
        command: Command, with its own name first.
        folder: Working directory.
        environment: Environment variables.

    Attributes:
        pid: Number of the process, which leads a session of its own.
        stdout: Its standard output and standard error, as they come.
    """

    def __init__(
        self, command: list[str], folder: Path, environment: dict[str, str]
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(IMPORTED)
        # Some modules read the folder (the log's configuration) and the environment
        # (the terminal's width) when they are imported.
        theirs = patch.dict(os.environ, environment, clear=True)
        with default_signals(), chdir(folder), theirs:
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
            self.stdout = open(reader)  # noqa: SIM115, PTH123, closed by `end`
        assert self._process.pid is not None
        self.pid = self._process.pid
        watch(self)

    @property
    def returncode(self) -> int | None:
        """Exit code, or minus the signal that killed it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process, if it still runs."""
        self._process.kill()

    def wait(self) -> int:
        """Wait for the end; the exit code."""
        self._process.join()
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Wait for the end; the rest of the output.

        Raises:
            subprocess.TimeoutExpired: The process is still running.
        """
        rest: list[str] = []
        reader = threading.Thread(target=lambda: rest.append(self.stdout.read()))
        reader.daemon = True
        reader.start()
        reader.join(timeout)
        if reader.is_alive():
            raise subprocess.TimeoutExpired("kedro", timeout or 0)
        self.wait()
        self.stdout.close()
        return rest[0], None


def _main(
    command: list[str], folder: Path, environment: dict[str, str], pipe: Path
) -> None:
    os.setsid()
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
