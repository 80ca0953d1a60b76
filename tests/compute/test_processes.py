from __future__ import annotations

import operator
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from denoising_autoencoder.compute import processes as module
from denoising_autoencoder.compute.processes import available_cores, map_processes

SLEEPING = """
import time
from denoising_autoencoder.compute.processes import map_processes
list(map_processes(time.sleep, [(60,), (60,)], processes=2))
"""


def test_only_the_cores_that_the_process_is_bound_to_are_counted(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)

    assert available_cores() == 2


@pytest.mark.parametrize(("counted", "expected"), [(6, 6), (None, 1)])
def test_where_no_process_can_be_bound_all_cores_count(monkeypatch, counted, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)

    assert available_cores() == expected


def test_processes_give_results_in_the_order_of_the_tasks():
    tasks = [(number, 10) for number in range(5)]

    assert list(map_processes(operator.mul, tasks, processes=2)) == [0, 10, 20, 30, 40]


def test_one_process_is_this_one(monkeypatch):
    monkeypatch.setattr(module, "ProcessPoolExecutor", None)

    assert list(map_processes(operator.neg, [(1,), (2,)], processes=1)) == [-1, -2]


def test_workers_are_not_forked_and_leave_ctrl_c_to_the_parent(monkeypatch):
    started = []

    class Pool:
        def __init__(self, processes, mp_context, initializer):
            started.append((processes, mp_context.get_start_method()))
            assert initializer is module._live_with_the_parent

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        map = staticmethod(map)

    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)

    assert list(map_processes(operator.neg, [(1,)], processes=3)) == [-1]
    assert started == [(3, "spawn")]


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="asks Linux which processes there are"
)
def test_workers_do_not_outlive_a_parent_that_is_killed():
    # Their output goes nowhere: a pipe would stay open as long as they live.
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPING],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        # The tracker of resources and two workers, asleep by now or at their imports.
        wait_until(lambda: len(listed.read_text().split()) == 3)
        children = [Path("/proc", pid) for pid in listed.read_text().split()]
        process.kill()

    wait_until(lambda: not any(child.exists() for child in children))


def wait_until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
