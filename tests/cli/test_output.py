"""Runs whose output is redirected to where it cannot be shown or written."""

from __future__ import annotations

import sys

import pytest

from tests import processes
from tests.cli.artifacts import counts

METRICS = "08_reporting/metrics.csv"
LOST = "Standard output cannot be written"


@pytest.fixture
def shell(kedro_after_a_run):
    """Scores the models again; the shell does something with the output."""

    def call(before: str = "", after: str = ""):
        command = kedro_after_a_run.command("--nodes=reporting.compare_models")
        line = f"{before} {' '.join(command)} {after}"
        return kedro_after_a_run.call(["bash", "-o", "pipefail", "-c", line])

    return call


def test_a_console_without_our_signs_shows_others(shell):
    run = shell("PYTHONIOENCODING=ascii")

    assert run.code == 0, run.output
    assert "Test metrics - CIFAR-10 small, 24 images" in run.output
    assert "+/- standard error" in run.output


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is a device of Linux")
@pytest.mark.parametrize(
    ("after", "output"),
    [
        (">&-", ""),
        (">&- 2>&-", ""),
        (">/dev/full", f"{LOST} (No space left on device): "),
        ("| true", f"{LOST} (Broken pipe): "),
    ],
)
def test_a_run_whose_output_is_lost_saves_its_work(after, output, shell):
    run = shell(after=after)

    assert run.code == 0, run.output
    assert run.output.startswith(output)
    assert len(run.output.splitlines()) == bool(output)
    assert counts(run.data)[METRICS] == 2


def test_a_subfolder_has_the_log_and_the_paths_of_the_project(kedro, tmp_path):
    """And brackets in a name for the images are no markup of the log."""
    name = "a [/] :cat: [red]x"
    command = kedro.command(
        "--to-outputs=image_info",
        params=f"images.source=npz,images.path={kedro.npz},images.name='{name}'",
    )

    run = processes.run(
        command, cwd=kedro.project / "notebooks", env=kedro.environment()
    )

    assert run.returncode == 0, run.stdout
    lines = [line.rstrip() for line in run.stdout.splitlines()]
    assert "INFO     Kedro project denoising_autoencoder" in lines
    assert f"INFO     Images: {name}, 200 for training and validation" in run.stdout
    assert f"Images: {name}" in lines
    assert "kedro.io" not in run.stdout
    assert "Loading data" not in run.stdout
