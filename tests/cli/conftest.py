"""`kedro` as a user calls it: a process of its own, its output and its exit code."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests import processes
from tests.cli import warm
from tests.cli.viz import nodes, server  # noqa: F401, fixtures

KEDRO = Path(sys.executable).with_name("kedro")


@dataclass(frozen=True)
class Run:
    """A finished call.

    Attributes:
        code: Exit code.
        output: Standard output and standard error.
        data: Folder of the artifacts.
    """

    code: int
    output: str
    data: Path

    def newest(self, path: str) -> Path:
        """The file of the newest version of an artifact."""
        versions = sorted((self.data / path).iterdir())
        return versions[-1] / Path(path).name


class Kedro:
    """Calls `kedro` in the project, with a folder of artifacts of its own.

    Args:
        project: Root of the project.
        npz: File of images that `images` names as the source.
        data: Folder of the artifacts.
    """

    def __init__(self, project: Path, npz: Path, data: Path) -> None:
        self.project = project
        self.npz = npz
        self.data = data

    def environment(self) -> dict[str, str]:
        """Environment variables: a fixed width, no GPU and no MLflow."""
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
        """The command of a `kedro run` with this folder of artifacts."""
        given = ",".join(filter(None, [f"data_root={self.data}", params]))
        return [str(KEDRO), "run", *arguments, f"--env={env}", f"--params={given}"]

    def images(self) -> str:
        """Parameters that name the .npz as the source."""
        return f"images.source=npz,images.path={self.npz},images.name=CIFAR-10 small"

    def run(self, *arguments: str, params: str = "", env: str = "test") -> Run:
        """Call `kedro run` and wait for it."""
        return self.call(self.command(*arguments, params=params, env=env))

    def call(self, command: list[str], cold: bool = False) -> Run:
        """Call any command in the project's root and wait for it.

        Args:
            command: Command; `kedro` is forked.
            cold: Whether to start `kedro` as a shell does, without forking.
        """
        process = self.start(command, cold)
        try:
            output, _ = process.communicate(timeout=processes.TIMEOUT)
        finally:
            processes.end(process)
        assert process.returncode is not None
        return Run(process.returncode, output, self.data)

    def start(self, command: list[str], cold: bool = False) -> Any:
        """Start any command as `call` does, without waiting for its end."""
        if command[0] == str(KEDRO) and warm.can_fork() and not cold:
            return warm.Forked(command, self.project, self.environment())
        return processes.start(command, cwd=self.project, env=self.environment())


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
    """A run that all test processes share; the first one that needs it makes it."""

    def get(name: str, make: Callable[[Path], Run]) -> Run:
        record = shared_folder / f"{name}.json"
        with FileLock(record.with_suffix(".lock")):
            if not record.exists():
                run = make(shared_folder / name)
                record.write_text(json.dumps([run.code, run.output, str(run.data)]))
        code, output, data = json.loads(record.read_text())
        return Run(code, output, Path(data))

    return get


@pytest.fixture(scope="session")
def first_project(project: Path, shared_folder: Path) -> Path:
    """A copy of the project, where kedro-viz records no run but the first."""
    place = shared_folder / "project"
    with FileLock(place.with_suffix(".lock")):
        if not place.exists():
            for name in ("conf", "src"):
                shutil.copytree(project / name, place / name)
            for name in ("pyproject.toml", ".telemetry"):
                shutil.copy(project / name, place)
    return place


@pytest.fixture(scope="session")
def first_run(
    first_project: Path,
    small_npz: Path,
    once: Callable[[str, Callable[[Path], Run]], Run],
) -> Run:
    """One run of the whole pipeline, in the old spelling that users know.

    It is a cold one, so that what is compared with it came from another process.
    """

    def make(data: Path) -> Run:
        kedro = Kedro(first_project, small_npz, data)
        command = kedro.command("--pipeline=denoise", params=kedro.images())
        return kedro.call(command, cold=True)

    return once("first", make)


@pytest.fixture
def kedro_after_a_run(kedro: Kedro, first_run: Run) -> Kedro:
    """Kedro with a copy of the first run's artifacts."""
    assert first_run.code == 0, first_run.output
    shutil.copytree(first_run.data, kedro.data)
    return kedro
