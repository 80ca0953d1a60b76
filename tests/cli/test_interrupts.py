"""Runs that are interrupted, terminated and killed: nothing that was saved is lost."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.pipeline_registry import register_pipelines
from tests.cli.artifacts import (
    check_that_all_is_whole,
    manifest,
    newest,
    saved,
    sha256,
    versions,
)
from tests.cli.conftest import Run
from tests.processes import TIMEOUT

KILLS_OF_EACH_KIND = 4
KILLS_THAT_ARE_RESUMED = 2
"""Of each kind: resuming is a whole run, which takes longer than the kill."""
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}
SECOND = "noise.std=0.2"
"""What the run that is killed changes, after a first run that was whole."""


def wait_for(process, words: str) -> None:
    """Read the output up to some words; a run that hangs is killed."""
    timer = threading.Timer(TIMEOUT, process.kill)
    timer.start()
    assert process.stdout is not None
    found = any(words in line for line in process.stdout)
    timer.cancel()
    assert found, f"the run ended without {words!r}"


def wait_until(condition, process) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.001)


def stop(process, kind: signal.Signals) -> str:
    """Send a signal, and check the exit code; the output."""
    process.send_signal(kind)
    output, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == CODES[kind], output
    assert "Traceback" not in output
    return output


def resume(kedro, output: str, command: list[str]):
    """Call what the message proposes."""
    proposed = re.search(r"Resume the run with:\n  (.*)", output)
    if proposed is None:
        assert "Run the same command again." in output
        return kedro.call(command)
    return kedro.call(shlex.split(proposed[1]))


@pytest.fixture(scope="session")
def whole_second_run(kedro_anywhere, once) -> dict[str, str]:
    """The newest artifacts of a second run that nobody interrupts."""

    def make(data: Path) -> Run:
        kedro = kedro_anywhere(data)
        return kedro.run(params=f"{kedro.images()},{SECOND}")

    run = once("second", make)
    assert run.code == 0, run.output
    return newest(run.data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("seed", range(KILLS_OF_EACH_KIND))
def test_a_run_killed_at_a_random_moment_loses_nothing_and_is_resumed(
    kind, seed, kedro_after_a_run, whole_second_run
):
    kedro, chance = kedro_after_a_run, random.Random(f"{kind}{seed}")
    command = kedro.command(params=f"{kedro.images()},{SECOND}")
    before = manifest(kedro.data)
    process = kedro.start(command)
    nodes = len(register_pipelines()["denoise"].nodes)
    node = chance.randrange(nodes - 5)  # the last ones are done within a moment
    wait_for(process, f"{node}/{nodes}" if node else "Kedro project")
    time.sleep(chance.uniform(0, 0.2))

    output = stop(process, kind)

    check_that_all_is_whole(kedro.data, before)
    if kind is not signal.SIGKILL:
        assert "Interrupted: every saved file is complete." in output
        assert not list(kedro.data.rglob(".*"))
    if seed >= KILLS_THAT_ARE_RESUMED:
        return
    if kind is signal.SIGKILL:  # no message: the same command starts anew
        again = kedro.call(command)
    else:
        again = resume(kedro, output, command)
    assert again.code == 0, again.output
    check_that_all_is_whole(kedro.data, before)
    assert newest(kedro.data) == whole_second_run


@pytest.fixture
def many_images(tmp_path, small_npz) -> Path:
    """Enough images that a save takes a moment: 123 MB of them, normalized."""
    small = np.load(small_npz)
    path = tmp_path / "many.npz"
    images = np.tile(small["train_images"], (100, 1, 1, 1))
    np.savez(path, train_images=images, test_images=small["test_images"])
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.name)
def test_a_run_killed_in_the_middle_of_a_save_leaves_no_half_version(
    kind, kedro_after_a_run, many_images
):
    kedro = kedro_after_a_run
    before = manifest(kedro.data)
    command = kedro.command(
        "--to-outputs=noise_spec", params=f"images.source=npz,images.path={many_images}"
    )
    process = kedro.start(command)
    artifact = kedro.data / "03_primary/train_images.npy"
    wait_until(lambda: list(artifact.glob(".*/train_images.npy")), process)

    stop(process, kind)

    assert len(versions(artifact)) == 1
    assert bool(list(artifact.glob(".*"))) == (kind is signal.SIGKILL)
    check_that_all_is_whole(kedro.data, before)
    # What a kill left does not hinder the next run.
    again = kedro.call(command)
    assert again.code == 0, again.output
    assert len(versions(artifact)) == 2


STEPS = 400
TRAINING = f"dae.steps={STEPS},dae.checkpoint_seconds=0.05"


@pytest.mark.slow
def test_a_killed_training_is_resumed_and_ends_in_the_same_bits(kedro_after_a_run):
    kedro = kedro_after_a_run
    data, command = kedro.data, kedro.command("--nodes=dae.train", params=TRAINING)
    whole = kedro.call(command)
    assert whole.code == 0, whole.output
    expected = newest(data)
    assert not list((data / "06_models/checkpoints").iterdir())
    for begin in ("DAE start", "DAE resumes"):
        process = kedro.start(command)
        wait_for(process, begin)
        last = checkpoint_of(data)
        wait_until(lambda last=last: checkpoint_of(data) != last, process)
        stop(process, signal.SIGKILL)
    run = kedro.call(command)

    assert run.code == 0, run.output
    resumed = re.search(r"DAE resumes from its checkpoint of step (\d+)", run.output)
    assert resumed is not None, run.output
    assert 0 < int(resumed[1]) < STEPS
    assert newest(data) == expected
    # One of the first run, one of the whole and one of the resumed training.
    assert len(versions(data / "06_models/dae/model.safetensors")) == 3
    assert not list((data / "06_models/checkpoints").iterdir())


def checkpoint_of(data: Path) -> int | None:
    """The time at which the checkpoint was written; None without one."""
    found = list((data / "06_models/checkpoints").glob("*.safetensors"))
    return found[0].stat().st_mtime_ns if found else None


@pytest.mark.slow
def test_an_interrupted_training_is_resumed_by_the_command_that_the_message_gives(
    kedro_after_a_run,
):
    kedro = kedro_after_a_run
    command = kedro.command("--pipelines=training", params=TRAINING)
    process = kedro.start(command)
    wait_for(process, "DAE start")
    wait_until(lambda: checkpoint_of(kedro.data), process)

    output = stop(process, signal.SIGINT)
    again = resume(kedro, output, command)

    assert "--from-nodes=dae.train" in output
    assert again.code == 0, again.output
    assert "DAE resumes from its checkpoint of step" in again.output
    assert "AE start" not in again.output.replace("DAE start", "")


@pytest.mark.slow
@pytest.mark.parametrize("flag", ["--pipelines=training", "--pipelines=baselines"])
def test_twenty_interrupts_at_once_are_one(flag, kedro_after_a_run):
    """A key that is held down reaches the processes of the filters too."""
    kedro = kedro_after_a_run
    params = TRAINING if flag.endswith("training") else "baselines.processes=2"
    # Cold, since a forked process skips Python's last steps.
    process = kedro.start(kedro.command(flag, params=params), cold=True)
    # After it the filters are tuned, in processes.
    wait_for(process, "DAE start" if flag.endswith("training") else "learn_wiener")
    time.sleep(0.5)

    for _ in range(20):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.01)
    output, _ = process.communicate(timeout=TIMEOUT)

    assert process.returncode == 130, output
    (sentence,) = output[output.index("Interrupted: ") :].splitlines()[:1]
    assert sentence.startswith("Interrupted: every saved file is complete. Resume")
    assert not re.search("Traceback|Exception|Error", output)


@pytest.mark.slow
def test_trainings_in_threads_end_soon_and_save_a_checkpoint(kedro_after_a_run):
    kedro = kedro_after_a_run
    endless = "dae.steps=10000000,ae.steps=10000000"
    process = kedro.start(
        kedro.command(
            "--nodes=ae.train,dae.train", "--runner=ThreadRunner", params=endless
        )
    )
    wait_for(process, "AE start")
    wait_for(process, "AE start")  # the other one

    output = stop(process, signal.SIGTERM)

    assert output.count("Interrupted: ") == 1
    assert "Run the same command again." in output
    assert len(list((kedro.data / "06_models/checkpoints").iterdir())) == 2


@pytest.mark.slow
def test_a_resumed_run_reads_what_it_read_before(kedro_after_a_run):
    """Though another run has saved newer versions of everything meanwhile."""
    kedro = kedro_after_a_run
    command = kedro.command(
        "--namespaces=data_engineering,dae",
        params=f"{kedro.images()},noise.std=0.1,dae.steps=10000000",
    )
    process = kedro.start(command)
    wait_for(process, "DAE start")
    other = kedro.run("--namespaces=data_engineering", params=kedro.images())
    assert other.code == 0, other.output

    output = stop(process, signal.SIGINT)
    again = resume(kedro, output.replace("10000000", "30"), command)

    assert again.code == 0, again.output
    scores = pd.read_csv(again.newest("07_model_output/dae/scores.csv"))
    assert set(scores["noise_std"]) == {0.1}


@pytest.mark.slow
def test_two_runs_at_once_do_not_read_each_others_versions(kedro_after_a_run):
    kedro = kedro_after_a_run
    runs = []
    for std in (0.1, 0.4):
        command = kedro.command(params=f"{kedro.images()},noise.std={std}")
        runs.append(kedro.start(command))
        time.sleep(0.2)  # versions are milliseconds
    outputs = [run.communicate(timeout=TIMEOUT)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    made = {
        (folder.name, lineage["dataset"]): (folder, lineage)
        for folder in saved(kedro.data)
        for lineage in [json.loads((folder / "lineage.json").read_text())]
    }
    for (version, _), (_, lineage) in made.items():
        for name, digest in {**lineage["ancestors"], **lineage["inputs"]}.items():
            folder, _ = made[version, name]
            assert sha256(folder / folder.parent.name) == digest
