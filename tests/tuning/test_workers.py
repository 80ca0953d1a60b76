"""Searches in several processes, some of which are killed."""

from __future__ import annotations

import logging
import signal
import sqlite3
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.tuning.search import search
from denoising_autoencoder.tuning.workers import MappedFile, run_workers, without_copy
from tests.processes import start
from tests.tuning.recipes import own_recipe, tuning
from tests.tuning.stubs import (
    dying_stub,
    raising_deep_down,
    refusing,
    slow_stub,
    some_data,
    stub,
)

RUN = """
import sys
from pathlib import Path
from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.run.interrupts import interrupts
from denoising_autoencoder.compute.processes import end_processes
from denoising_autoencoder.tuning.search import search
from tests.tuning.recipes import own_recipe, tuning
from tests.tuning.stubs import slow_stub, some_data

if __name__ == "__main__":
    with interrupts(end_processes, []):
        search(some_data(), own_recipe(), tuning(trials=40, workers=int(sys.argv[2])),
               Studies(Path(sys.argv[1])), slow_stub)
"""


def states(folder: Path) -> list[str]:
    """The states of all trials in the database, as it has them."""
    (path,) = folder.glob("*.db")
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT state FROM trials ORDER BY number").fetchall()
    connection.close()
    return [state for (state,) in rows]


def test_a_mapped_array_is_sent_as_its_file(tmp_path):
    np.save(tmp_path / "images.npy", np.arange(24, dtype=np.float16).reshape(4, 6))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")

    sent = without_copy(images)

    assert isinstance(sent, MappedFile)
    assert (sent.open() == images).all()
    part = images[1:]
    assert without_copy(part) is part


@pytest.mark.slow
def test_what_a_worker_refuses_ends_the_run_and_the_others():
    begun = time.monotonic()

    with pytest.raises(ProjectError, match="no room"):
        run_workers(refusing, "no room", 2, lambda: None)
    assert time.monotonic() - begun < 60  # each would sleep for minutes


@pytest.mark.slow
def test_a_worker_with_a_long_traceback_does_not_wait_for_ever(tmp_path):
    with pytest.raises(RuntimeError, match="deep") as error:
        run_workers(raising_deep_down, 200, 1, lambda: None)
    (note,) = error.value.__notes__
    assert note.endswith("RuntimeError: deep down\n")


@pytest.mark.slow
def test_workers_that_always_die_are_not_replaced_for_ever():
    with pytest.raises(ProjectError, match=r"4 processes .* have died: .* smaller"):
        run_workers(refusing, 9, 1, lambda: None)


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_no_trial(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("KILLED", str(tmp_path / "killed"))

    with caplog.at_level(logging.INFO):
        table = search(
            some_data(),
            own_recipe(),
            tuning(trials=40, workers=2),
            Studies(tmp_path),
            dying_stub,
        )

    assert (tmp_path / "killed").exists()
    assert "A process of the search has died (exit code -9)" in caplog.text
    assert table["trial"].tolist() == list(range(40))
    found = states(tmp_path)
    assert {"RUNNING", "WAITING"}.isdisjoint(found)
    put_back = found.count("FAIL") - (table["state"] == "failed").sum()
    assert len(found) == 40 + put_back
    assert table["steps"][0] == 8
    assert table["learning_rate"].is_unique, "no worker repeats another's choice"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(RUN)
    return path


def run_until(script: Path, folder: Path, workers: int, done: int, number: int) -> int:
    """Start a search, and send a signal once some trials have ended."""
    process = start([sys.executable, str(script), str(folder), str(workers)])
    deadline = time.monotonic() + 120
    while not list(folder.glob("*.db")) or ended(folder) < done:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=60)
    return process.returncode


def ended(folder: Path) -> int:
    return sum(state not in ("RUNNING", "WAITING") for state in states(folder))


@pytest.fixture
def whole(tmp_path: Path) -> pd.DataFrame:
    parameters = tuning(trials=40)
    table = search(some_data(), own_recipe(), parameters, Studies(tmp_path / "w"), stub)
    return table.drop(columns="seconds")


@pytest.mark.slow
def test_ctrl_c_and_the_same_command_give_the_trials_of_one_run(
    script, tmp_path, whole, monkeypatch, project
):
    monkeypatch.setenv("PYTHONPATH", f"{project / 'src'}:{project}")
    folder = tmp_path / "studies"
    for done in (2, 8):
        run_until(script, folder, 1, done, signal.SIGINT)
        assert "RUNNING" not in states(folder)
        assert states(folder).count("WAITING") <= 1  # none between two trials

    table = search(
        some_data(), own_recipe(), tuning(trials=40), Studies(folder), slow_stub
    )

    pd.testing.assert_frame_equal(table.drop(columns="seconds"), whole)


@pytest.mark.slow
def test_the_same_command_resumes_a_run_that_was_killed_with_its_workers(
    script, tmp_path, monkeypatch, project
):
    monkeypatch.setenv("PYTHONPATH", f"{project / 'src'}:{project}")
    folder = tmp_path / "studies"
    run_until(script, folder, 2, 6, signal.SIGTERM)
    assert "RUNNING" not in states(folder)
    assert states(folder).count("WAITING") <= 2
    run_until(script, folder, 2, 16, signal.SIGKILL)
    assert "RUNNING" in states(folder)

    table = search(
        some_data(), own_recipe(), tuning(trials=40), Studies(folder), slow_stub
    )

    assert table["trial"].tolist() == list(range(40))
    assert {"RUNNING", "WAITING"}.isdisjoint(states(folder))
    complete = table[table["state"] == "complete"]
    assert complete[["fold_0", "fold_1", "fold_2"]].notna().all(axis=None)
