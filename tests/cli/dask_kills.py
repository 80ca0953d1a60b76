"""Kills a client, a worker or a scheduler of Dask at random moments, and goes on.

`python -m tests.cli.dask_kills 21` does it 21 times and prints what was survived: every
version is whole, and the run that goes on ends in the bits of an undisturbed one.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shlex
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import skimage.data

from tests.cli.artifacts import check_that_all_is_whole, newest
from tests.processes import TIMEOUT, end, run, start

if TYPE_CHECKING:
    from subprocess import Popen  # noqa: TID251, for annotations

PROJECT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "COLUMNS": "100", "CUDA_VISIBLE_DEVICES": ""}
ROLES = ("client", "worker", "scheduler")
NODES = 13
FLAGS = ["--namespaces=data_engineering,ae,dae,resunet", "--env=test"]
LANES = ("ae", "dae", "resunet")
TRAINING = ",".join(f"{lane}.steps=60,{lane}.checkpoint_seconds=0.1" for lane in LANES)


def kedro_run(npz: Path, data: Path, *runner: str) -> list[str]:
    """The command of a run with a little training."""
    images = f"images.source=npz,images.path={npz}"
    params = f"--params=data_root={data},{images},{TRAINING}"
    return [sys.executable, "-m", "kedro", "run", *FLAGS, *runner, params]


@contextmanager
def cluster(port: int) -> Iterator[tuple[str, Popen[str]]]:
    """A scheduler and two workers: the scheduler's address and process."""
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    options = {"cwd": PROJECT, "env": ENVIRONMENT, "stdout": -3}
    place = ["--host=127.0.0.1", f"--port={port}", "--dashboard-address=127.0.0.1:0"]
    scheduler = start([*dask, "scheduler", *place], **options)
    flags = ["--nworkers=2", "--nthreads=1", "--memory-limit=0", "--no-dashboard"]
    worker = start([*dask, "worker", address, *flags], **options)
    try:
        wait_for_workers(address)
        yield address, scheduler
    finally:
        end(worker)
        end(scheduler)


def wait_for_workers(address: str) -> None:
    """Wait until both workers are there."""
    from distributed import Client

    with Client(address, timeout=TIMEOUT, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=TIMEOUT)


def workers_of(process: Popen[str]) -> list[psutil.Process]:
    """The worker processes that a run has started."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def wait_for_node(process: Popen[str], number: int, pause: float) -> list[str]:
    """Read the output until some nodes are done, and a moment longer."""
    lines: list[str] = []
    timer = threading.Timer(TIMEOUT, process.kill)
    timer.start()
    assert process.stdout is not None
    words = f"{number}/{NODES}" if number else "Kedro project"
    for line in process.stdout:
        lines.append(line)
        if words in line:
            break
    timer.cancel()
    time.sleep(pause)
    return lines


def resumed(output: str, command: list[str]) -> list[str]:
    """The command that the output proposes; the same one if it proposes none."""
    proposed = re.search(r"resume the run with:\n  (.*)", output, re.IGNORECASE)
    if proposed is None:
        return command
    words = shlex.split(proposed[1])
    return [sys.executable, "-m", "kedro", *words[words.index("run") :]]


def survive(role: str, chance: random.Random, npz: Path, data: Path) -> str:
    """Kill one process of a run at a random moment, and let it go on.

    Args:
        role: Process that is killed.
        chance: Chooses the moment and the worker.
        npz: Images.
        data: Folder of all artifacts.

    Returns:
        The output of the run that was disturbed.

    Raises:
        AssertionError: Something was not as promised.
    """
    number, pause = chance.randrange(NODES - 1), chance.uniform(0, 1.0)
    if role == "scheduler":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with cluster(port) as (address, scheduler):
            command = kedro_run(
                npz, data, "--runner=DaskRunner", f"--runner-params=address={address}"
            )
            process = start(command, cwd=PROJECT, env=ENVIRONMENT)
            lines = wait_for_node(process, number, pause)
            scheduler.send_signal(signal.SIGKILL)
            rest, _ = process.communicate(timeout=TIMEOUT)
        output = "".join(lines) + rest
        if process.returncode == 0:  # it had ended a moment before
            return output
        assert process.returncode == 1, output
        assert "Traceback" not in output, output
        assert "Error: The scheduler has ended" in output, output
        check_that_all_is_whole(data, {})
        with cluster(port):
            again = run(resumed(output, command), cwd=PROJECT, env=ENVIRONMENT)
        assert again.returncode == 0, again.stdout
        return output
    command = kedro_run(npz, data, "--runner=DaskRunner", "--runner-params=workers=2")
    process = start(command, cwd=PROJECT, env=ENVIRONMENT)
    lines = wait_for_node(process, number, pause)
    workers = workers_of(process)
    if role == "client" or not workers:
        process.send_signal(signal.SIGKILL)
    else:
        chance.choice(workers).kill()
    rest, _ = process.communicate(timeout=TIMEOUT)
    output = "".join(lines) + rest
    assert "Traceback" not in output, output
    if process.returncode == -signal.SIGKILL:
        _, left = psutil.wait_procs(workers, timeout=10)
        assert not left, left
        check_that_all_is_whole(data, {})
        again = run(command, cwd=PROJECT, env=ENVIRONMENT)  # nothing is proposed
        assert again.returncode == 0, again.stdout
    else:
        assert process.returncode == 0, output
    return output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, help="number of kills")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments")
    arguments = parser.parse_args()
    survived = 0
    with tempfile.TemporaryDirectory() as place:
        npz, whole = Path(place, "images.npz"), Path(place, "whole")
        crops = skimage.data.astronaut().reshape(16, 32, 16, 32, 3).swapaxes(1, 2)
        images = crops.reshape(-1, 32, 32, 3)
        np.savez(npz, train_images=images[:200], test_images=images[200:224])
        undisturbed = run(kedro_run(npz, whole), cwd=PROJECT, env=ENVIRONMENT)
        assert undisturbed.returncode == 0, undisturbed.stdout
        expected = newest(whole)
        for index, role in enumerate(islice(cycle(ROLES), arguments.kills)):
            chance = random.Random(f"{arguments.seed} {index}")
            data = Path(place, f"{index}")
            begun = time.monotonic()
            try:
                output = survive(role, chance, npz, data)
                check_that_all_is_whole(data, {})
                assert newest(data) == expected, "other bits"
                survived += 1
                end_of = "survived"
            except AssertionError as error:
                end_of, output = f"LOST: {error}", ""
            said = [line for line in output.splitlines() if "begins again" in line]
            seconds = time.monotonic() - begun
            print(
                f"{index + 1:3} {role:9} {end_of}  {seconds:.0f} s", *said, flush=True
            )
    print(f"{survived} of {arguments.kills} survived")
    sys.exit(survived != arguments.kills)


if __name__ == "__main__":
    main()
