"""Runs that are interrupted, terminated and killed: nothing that was saved is lost."""

from __future__ import annotations

import json
import random
import re
import shlex
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.artifacts import (
    check_that_all_is_whole,
    manifest,
    newest,
    saved,
    sha256,
    versions,
)
from tests.cli.conftest import Process, Run

KILLS_OF_EACH_KIND = 4
KILLS_THAT_GO_ON = 2
"""Of each kind: what follows is a whole run, which takes longer than the kill."""
NODES = 27
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}
SECOND = "noise.std=0.2"
"""What the run that is killed changes, after a first run that was whole."""


def wait_for(process: Process, words: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return
    raise AssertionError(f"the run ended without {words!r}")


def go_on(kedro, output: str, command: list[str]):
    """Call what the message proposes."""
    proposed = re.search(r"Go on with:\n  (.*)", output)
    if proposed is None:
        assert "Run the same command again." in output
        return kedro.call(command)
    return kedro.call(shlex.split(proposed[1]))


@pytest.fixture(scope="session")
def whole_second_run(kedro_anywhere, once) -> dict[str, str]:
    """What the second run leaves if nobody interrupts it."""

    def make(data: Path) -> Run:
        kedro = kedro_anywhere(data)
        return kedro.run(params=f"{kedro.images()},{SECOND}")

    run = once("second", make)
    assert run.code == 0, run.output
    return newest(run.data)


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("seed", range(KILLS_OF_EACH_KIND))
def test_a_run_killed_at_a_random_moment_loses_nothing_and_goes_on(
    kind, seed, kedro_after_a_run, whole_second_run
):
    kedro, chance = kedro_after_a_run, random.Random(f"{kind}{seed}")
    command = kedro.command(params=f"{kedro.images()},{SECOND}")
    before = manifest(kedro.data)
    process = kedro.start(command)
    node = chance.randrange(NODES - 5)  # the last ones are done within a moment
    wait_for(process, f"{node}/{NODES}" if node else "Kedro project")
    time.sleep(chance.uniform(0, 0.2))

    process.send_signal(kind)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == CODES[kind], output
    assert "Traceback" not in output
    check_that_all_is_whole(kedro.data, before)
    if kind is not signal.SIGKILL:
        assert "Interrupted: what was saved stays, nothing is half-written." in output
        assert "on with:\n" in output or "Run the same command again." in output
        assert not list(kedro.data.rglob(".*"))
    if seed >= KILLS_THAT_GO_ON:
        return
    if kind is signal.SIGKILL:  # which says nothing; the same command starts anew
        again = kedro.call(command)
    else:
        again = go_on(kedro, output, command)
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
    deadline = time.monotonic() + 60
    while not list(artifact.glob(".*/train_images.npy")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.001)

    process.send_signal(kind)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == CODES[kind], output
    assert (
        len([folder for folder in saved(kedro.data) if folder.parent == artifact]) == 1
    )
    assert bool(list(artifact.glob(".*"))) == (kind is signal.SIGKILL)
    check_that_all_is_whole(kedro.data, before)
    # What a kill left is in nobody's way.
    again = kedro.call(command)
    assert again.code == 0, again.output
    assert (
        len([folder for folder in saved(kedro.data) if folder.parent == artifact]) == 2
    )


STEPS = 400
TRAINING = f"dae.steps={STEPS},dae.checkpoint_seconds=0.05"


def test_a_killed_training_goes_on_and_ends_in_the_same_bits(kedro_after_a_run):
    kedro = kedro_after_a_run
    data, command = kedro.data, kedro.command("--nodes=dae.train", params=TRAINING)
    whole = kedro.call(command)
    assert whole.code == 0, whole.output
    expected = newest(data)
    model = data / "06_models/dae/model.safetensors"
    assert not list((data / "06_models/checkpoints").iterdir())
    for kills in (1, 2):
        process = kedro.start(command)
        wait_for(process, "DAE resumes" if kills > 1 else "DAE start")
        last = checkpoint_of(data)
        deadline = time.monotonic() + 60
        while checkpoint_of(data) == last:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
        process.communicate()
    run = kedro.call(command)

    assert run.code == 0, run.output
    resumed = re.search(r"DAE resumes from its checkpoint of step (\d+)", run.output)
    assert resumed is not None, run.output
    assert 0 < int(resumed[1]) < STEPS
    assert newest(data) == expected
    assert len(versions(model)) == 3  # of the first run, whole, and resumed
    assert not list((data / "06_models/checkpoints").iterdir())


def checkpoint_of(data: Path) -> int | None:
    """When the checkpoint was written, if there is one."""
    found = list((data / "06_models/checkpoints").glob("*.safetensors"))
    return found[0].stat().st_mtime_ns if found else None


def test_an_interrupted_training_goes_on_by_the_command_that_the_message_gives(
    kedro_after_a_run,
):
    kedro = kedro_after_a_run
    command = kedro.command("--pipelines=training", params=TRAINING)
    process = kedro.start(command)
    wait_for(process, "DAE start")
    while checkpoint_of(kedro.data) is None:
        assert process.poll() is None
        time.sleep(0.01)

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    again = go_on(kedro, output, command)

    assert "--from-nodes=dae.train" in output
    assert again.code == 0, again.output
    assert "DAE resumes from its checkpoint of step" in again.output
    assert "AE start" not in again.output.replace("DAE start", "")


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_trainings_in_threads_end_soon_and_go_on(kind, kedro_after_a_run):
    kedro = kedro_after_a_run
    long = "dae.steps=100000,ae.steps=100000"
    command = kedro.command(
        "--nodes=ae.train,dae.train", "--runner=ThreadRunner", params=long
    )
    process = kedro.start(command)
    wait_for(process, "AE start")
    wait_for(process, "AE start")  # of the other one
    sent = time.monotonic()

    process.send_signal(kind)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == CODES[kind], output
    assert time.monotonic() - sent < 10
    assert output.count("Interrupted: what was saved stays") == 1
    assert "Run the same command again." in output
    assert len(list((kedro.data / "06_models/checkpoints").iterdir())) == 2


def test_an_interrupted_run_reads_on_what_it_read_before(kedro_after_a_run):
    """Though another run has saved newer versions of everything meanwhile."""
    kedro = kedro_after_a_run
    command = kedro.command(
        "--namespaces=data_engineering,dae",
        params=f"{kedro.images()},noise.std=0.1,dae.steps=100000",
    )
    process = kedro.start(command)
    wait_for(process, "DAE start")
    other = kedro.run("--namespaces=data_engineering", params=kedro.images())
    assert other.code == 0, other.output

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    again = go_on(kedro, output.replace("100000", "30"), command)

    assert again.code == 0, again.output
    scores = pd.read_csv(again.newest("07_model_output/dae/scores.csv"))
    assert set(scores["noise_std"]) == {0.1}


def test_two_runs_at_once_do_not_read_each_others_versions(kedro_after_a_run):
    kedro = kedro_after_a_run
    runs = []
    for std in (0.1, 0.4):
        command = kedro.command(params=f"{kedro.images()},noise.std={std}")
        runs.append(kedro.start(command))
        time.sleep(0.2)  # versions are milliseconds
    outputs = [run.communicate(timeout=120)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    for folder in saved(kedro.data):
        lineage = json.loads((folder / "lineage.json").read_text())
        made_of = {**lineage["ancestors"], **lineage["inputs"]}
        for name, digest in made_of.items():
            ours = [other for other in saved(kedro.data) if other.name == folder.name]
            contents = {
                json.loads((one / "lineage.json").read_text())["dataset"]: one
                for one in ours
            }
            one = contents[name]
            assert sha256(one / one.parent.name) == digest
