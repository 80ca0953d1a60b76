"""`kedro` as a user calls it: another process, its output, its exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.cli import warm
from tests.cli.viz import nodes, server  # noqa: F401, fixtures

KEDRO = Path(sys.executable).with_name("kedro")
TIMEOUT = 120


Process = warm.Forked | subprocess.Popen[str]


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
        """A terminal's width; no GPU and no MLflow wherever the tests run."""
        theirs = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
        return {
            **theirs,
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
        process = self.start(command, cold)
        try:
            output, _ = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()  # nothing, if it has ended
        assert process.returncode is not None
        return Run(process.returncode, output, self.data)

    def start(self, command: list[str], cold: bool = False) -> Process:
        """The same without waiting for its end."""
        if command[0] == str(KEDRO) and warm.can_fork() and not cold:
            return warm.Forked(command, self.project, self.environment())
        return subprocess.Popen(
            command,
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="session")
def kedro_anywhere(project: Path, small_npz: Path) -> Callable[[Path], Kedro]:
    """Kedro for any data_root."""
    return lambda data: Kedro(project, small_npz, data)


@pytest.fixture
def kedro(kedro_anywhere: Callable[[Path], Kedro], tmp_path: Path) -> Kedro:
    """Kedro with an empty data_root."""
    return kedro_anywhere(tmp_path / "data")


@pytest.fixture(scope="session")
def once(shared_folder: Path) -> Callable[[str, Callable[[Path], Run]], Run]:
    """A run that the processes of the tests share: the first that needs it makes it."""

    def get(name: str, make: Callable[[Path], Run]) -> Run:
        record = shared_folder / f"{name}.json"
        with FileLock(record.with_suffix(".lock")):
            if not record.exists():
                run = make(shared_folder / name)
                told = {"code": run.code, "output": run.output, "data": str(run.data)}
                record.write_text(json.dumps(told))
        told = json.loads(record.read_text())
        return Run(told["code"], told["output"], Path(told["data"]))

    return get


@pytest.fixture(scope="session")
def first_project(project: Path, shared_folder: Path) -> Path:
    """The project in another place, where no other run tells kedro-viz of itself."""
    place = shared_folder / "project"
    with FileLock(place.with_suffix(".lock")):
        if not place.exists():
            for name in ("conf", "src"):
                shutil.copytree(project / name, place / name)
            shutil.copy(project / "pyproject.toml", place)
    return place


@pytest.fixture(scope="session")
def first_run(
    first_project: Path,
    small_npz: Path,
    once: Callable[[str, Callable[[Path], Run]], Run],
) -> Run:
    """The whole pipeline, once, in the spelling that our users know.

    As from a shell: whatever is held against it came from another process.
    """

    def make(data: Path) -> Run:
        kedro = Kedro(first_project, small_npz, data)
        command = kedro.command("--pipeline=denoise", params=kedro.images())
        return kedro.call(command, cold=True)

    return once("first", make)


@pytest.fixture
def kedro_after_a_run(kedro: Kedro, first_run: Run) -> Kedro:
    """Kedro with a copy of what the first run left."""
    assert first_run.code == 0, first_run.output
    shutil.copytree(first_run.data, kedro.data)
    return kedro
