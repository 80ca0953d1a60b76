"""`kedro run --runner=DaskRunner`: the same bits, and nothing lost when it is ended."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time

import psutil
import pytest

from tests import processes
from tests.cli.artifacts import check_that_all_is_whole, newest, saved
from tests.cli.dask_kills import workers_of
from tests.cli.test_interrupts import CODES, checkpoint_of, wait_for, wait_until

DASK = ("--runner=DaskRunner", "--runner-params=workers=2")
TRAININGS = "--nodes=ae.train,dae.train"
ENDLESS = "dae.steps=10000000,ae.steps=10000000"
IN_TIME = 10
"""Seconds in which an interrupted run ends on a machine that has nothing else to do."""


def made_by(data):
    """The lineage of each dataset, without what seconds are part of."""
    lineages = [json.loads((one / "lineage.json").read_text()) for one in saved(data)]
    return {
        one["dataset"]: one
        for one in lineages
        if not one["dataset"].endswith("_timing") and one["dataset"] != "report_page"
    }


@pytest.mark.slow
def test_a_run_on_two_workers_gives_the_same_bits_lineage_and_summary(kedro, first_run):
    run = kedro.call(kedro.command(*DASK, params=kedro.images()), cold=True)

    assert run.code == 0, run.output
    assert newest(run.data) == newest(first_run.data)
    assert made_by(run.data) == made_by(first_run.data)
    check_that_all_is_whole(run.data, {})
    assert not list(run.data.rglob(".*"))
    nodes = re.findall(r"(\d+)/29  (\S+)", run.output)
    expected = re.findall(r"(\d+)/29  (\S+)", first_run.output)
    assert [int(number) for number, _ in nodes] == list(range(1, 30))
    assert {name for _, name in nodes} == {name for _, name in expected}
    for line in ("DAE start: training MSE", "DAE end:   training MSE", "Seconds ("):
        assert line in run.output
    tables = run.output[run.output.index("Test metrics") : run.output.index("Page:")]
    assert tables in first_run.output
    assert "Start worker" not in run.output  # Dask's own log


@pytest.mark.slow
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_saves_checkpoints_and_leaves_no_worker(
    kind, kedro_after_a_run
):
    """The signal reaches the whole group, as that of a key or of a batch system."""
    kedro = kedro_after_a_run
    command = kedro.command(TRAININGS, *DASK, params=ENDLESS)
    process = kedro.start(command, cold=True)
    wait_for(process, "AE start")
    wait_for(process, "AE start")  # the other one
    workers = workers_of(process)

    begun = time.monotonic()
    os.killpg(process.pid, kind)
    output, _ = process.communicate(timeout=processes.TIMEOUT)

    assert process.returncode == CODES[kind], output
    assert time.monotonic() - begun < IN_TIME * max(1, os.getloadavg()[0] / 2)
    assert not re.search("Traceback|Exception|Error|WARNING", output)
    sentence = "Interrupted: every saved file is complete. Run the same command again."
    assert output.splitlines().count(sentence) == 1
    assert len(workers) == 2
    assert not psutil.wait_procs(workers, timeout=1)[1]
    assert len(list((kedro.data / "06_models/checkpoints").iterdir())) == 2


@pytest.mark.slow
def test_a_run_that_is_interrupted_before_its_workers_are_there_leaves_none(kedro):
    process = kedro.start(kedro.command(*DASK, params=kedro.images()), cold=True)
    wait_for(process, "Kedro project")
    workers = []
    wait_until(lambda: workers.extend(workers_of(process)) or workers, process)

    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=processes.TIMEOUT)

    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert output.count("Interrupted: ") == 1
    assert not psutil.wait_procs(workers, timeout=10)[1]


@pytest.mark.slow
def test_a_training_whose_worker_is_killed_goes_on_from_its_checkpoint(
    kedro_after_a_run,
):
    kedro = kedro_after_a_run
    params = "dae.steps=400,dae.checkpoint_seconds=0.05"
    whole = kedro.call(kedro.command("--nodes=dae.train", params=params))
    assert whole.code == 0, whole.output
    expected = newest(kedro.data)
    command = kedro.command("--nodes=dae.train", *DASK, params=params)
    process = kedro.start(command, cold=True)
    wait_for(process, "DAE start")
    wait_until(lambda: checkpoint_of(kedro.data), process)

    for worker in workers_of(process):  # whichever has the training
        worker.kill()
    output, _ = process.communicate(timeout=processes.TIMEOUT)

    assert process.returncode == 0, output
    assert "dae.train begins again, since its worker has died." in output
    assert "DAE resumes from its checkpoint of step" in output
    assert newest(kedro.data) == expected
    assert checkpoint_of(kedro.data) is None


@pytest.mark.slow
def test_a_killed_run_leaves_no_worker(kedro_after_a_run):
    kedro = kedro_after_a_run
    command = kedro.command(TRAININGS, *DASK, params=ENDLESS)
    process = kedro.start(command, cold=True)
    wait_for(process, "AE start")
    workers = workers_of(process)

    process.kill()

    assert len(workers) == 2
    assert not psutil.wait_procs(workers, timeout=10)[1]


@pytest.mark.slow
def test_client_worker_and_scheduler_are_killed_and_the_run_ends_in_the_same_bits(
    project,
):
    kills = [sys.executable, "-m", "tests.cli.dask_kills", "3"]

    run = processes.run(kills, cwd=project)

    assert run.returncode == 0, run.stdout
    assert run.stdout.endswith("3 of 3 survived\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--runner=DaskRunner", "--runner-params=workers=0"], 1, "give a number from"),
        (["--runner=DaskRunner", "--runner-params=wrokers=2"], 2, "but workers and"),
        (["--runner=ThreadRunner", "--runner-params=x=2"], 2, "has no parameter x"),
        (["--runner=DaskRuner"], 2, "use ThreadRunner or DaskRunner"),
        (["--runner=nowhere.Runner"], 2, "No module named"),
    ],
)
def test_a_wrong_runner_is_answered_in_one_sentence(flags, code, words, kedro):
    run = kedro.run(*flags)

    assert run.code == code, run.output
    assert "Traceback" not in run.output
    (error,) = run.output.split("Error: ")[1:]
    assert words in error
