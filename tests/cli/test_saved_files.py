"""Versions after the clock went back, and files that are not what was saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from denoising_autoencoder.artifacts.versions import following
from tests.cli.artifacts import saved

FUTURE = "2099-01-01T00.00.00.000Z"
PLOT = "--nodes=reporting.plot_loss_curves"


def test_a_run_after_the_clock_went_back_is_the_newest(kedro):
    """The next command reads it, and prune keeps it."""
    (kedro.data / "03_primary/clean_spec.json" / FUTURE).mkdir(parents=True)

    run = kedro.run("--pipelines=data_engineering", params=kedro.images())

    assert run.code == 0, run.output
    output = " ".join(run.output.split())
    assert f"the newest version was saved at {FUTURE}" in output
    assert {folder.name for folder in saved(kedro.data)} == {following(FUTURE)}
    assert not list(kedro.data.glob(".*"))  # the version is not reserved any more


def change(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_table_that_a_power_cut_left_as_zeros_is_named_before_any_work(
    kedro_after_a_run,
):
    kedro = kedro_after_a_run
    before = saved(kedro.data)
    history = next((kedro.data / "06_models/dae/history.csv").iterdir()) / "history.csv"
    change(history, bytes(history.stat().st_size))

    run = kedro.run(PLOT)

    assert run.code == 1
    assert "Traceback" not in run.output
    output = " ".join(run.output.split())
    assert f"{history} is damaged, since it does not hold what was saved" in output
    assert saved(kedro.data) == before


@pytest.mark.slow
def test_a_table_that_was_changed_on_purpose_can_be_accepted(kedro_after_a_run):
    kedro = kedro_after_a_run
    (version,) = (kedro.data / "08_reporting/sigma_scores.csv").iterdir()
    scores = version / "sigma_scores.csv"
    change(scores, scores.read_bytes() + b"\n")

    run = kedro.run("--nodes=reporting.plot_psnr_by_sigma", params="verify=skip")

    assert run.code == 0, run.output
