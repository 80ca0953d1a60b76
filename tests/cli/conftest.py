"""`kedro` as a user calls it: another process, its output, its exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import warm
from tests.cli.viz import nodes, server  # noqa: F401, fixtures

KEDRO = Path(sys.executable).with_name("kedro")
TIMEOUT = 120


@dataclass(frozen=True)
class Run:
    """A finished call.

    Attributes:
        code: Exit code.
        output: Standard output and standard error.
        data: The data_root that it was given.
    """

    code: int
    output: str
    data: Path

    def newest(self, path: str) -> Path:
        """The file of the newest version of an artifact."""
        versions = sorted((self.data / path).iterdir())
        return versions[-1] / Path(path).name


class Kedro:
    """Calls `kedro` in the project with artifacts in a folder of their own.

    Args:
        project: The root of the project.
        npz: The images of every run that names no other source.
        data: Where the artifacts go.
    """

    def __init__(self, project: Path, npz: Path, data: Path) -> None:
        self.project = project
        self.npz = npz
        self.data = data

    def environment(self) -> dict[str, str]:
        """A terminal's width, and a machine without a GPU wherever the tests run."""
        return {
            **os.environ,
            "COLUMNS": "100",
            "CUDA_VISIBLE_DEVICES": "",
            "OMP_NUM_THREADS": "1",
        }

    def command(
        self, *arguments: str, params: str = "", env: str = "test"
    ) -> list[str]:
        """A `kedro run` with the test environment and this data_root."""
        given = ",".join(filter(None, [f"data_root={self.data}", params]))
        return [str(KEDRO), "run", *arguments, f"--env={env}", f"--params={given}"]

    def images(self) -> str:
        """Parameters that name the small .npz as the source."""
        return f"images.source=npz,images.path={self.npz},images.name=CIFAR-10 small"

    def run(self, *arguments: str, params: str = "", env: str = "test") -> Run:
        """Call `kedro run` and wait for it."""
        return self.call(self.command(*arguments, params=params, env=env))

    def call(self, command: list[str], cold: bool = False) -> Run:
        """Call any command in the project's root, if asked for as from a shell."""
        if command[0] == str(KEDRO) and warm.can_fork() and not cold:
            given = (command, self.project, self.environment(), TIMEOUT)
            return Run(*warm.call(*given), self.data)
        done = subprocess.run(
            command,
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Run(done.returncode, done.stdout, self.data)


@pytest.fixture(scope="session")
def kedro_anywhere(project: Path, small_npz: Path) -> Callable[[Path], Kedro]:
    """Kedro for any data_root."""
    return lambda data: Kedro(project, small_npz, data)


@pytest.fixture
def kedro(kedro_anywhere: Callable[[Path], Kedro], tmp_path: Path) -> Kedro:
    """Kedro with an empty data_root."""
    return kedro_anywhere(tmp_path / "data")


@pytest.fixture(scope="session")
def first_run(
    kedro_anywhere: Callable[[Path], Kedro], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """The whole pipeline, once, in the spelling that our users know.

    As from a shell: whatever is held against it came from another process.
    """
    kedro = kedro_anywhere(tmp_path_factory.mktemp("first") / "data")
    command = kedro.command("--pipeline=denoise", params=kedro.images())
    return kedro.call(command, cold=True)


@pytest.fixture
def kedro_after_a_run(kedro: Kedro, first_run: Run) -> Kedro:
    """Kedro with a copy of what the first run left."""
    assert first_run.code == 0, first_run.output
    shutil.copytree(first_run.data, kedro.data)
    return kedro
