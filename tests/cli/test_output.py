"""Runs whose output is redirected to where it cannot be shown or written."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from tests import processes
from tests.cli.artifacts import counts

pytestmark = pytest.mark.slow

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


def test_a_name_beyond_the_locale_s_letters_is_saved_and_shown(kedro, tmp_path):
    file = tmp_path / "run.yml"
    images = f"{{source: npz, path: {kedro.npz}, name: 日本 · 写真}}"
    file.write_text(
        f"run: {{params: {{data_root: {kedro.data}, images: {images}}}}}",
        encoding="utf-8",
    )
    command = [*kedro.command()[:2], "--env=test", f"--config={file}"]
    ascii_only = "LC_ALL=C PYTHONCOERCECLOCALE=0 PYTHONUTF8=0"

    run = kedro.call(["bash", "-c", f"{ascii_only} {' '.join(command)}"])

    assert run.code == 0, run.output
    assert "Logging error" not in run.output
    assert r"Test metrics - \u65e5\u672c - \u5199\u771f, 24 images" in run.output
    metrics = pd.read_csv(run.newest(METRICS))
    assert set(metrics["images"]) == {"日本 · 写真"}
