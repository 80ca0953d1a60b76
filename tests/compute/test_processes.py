from __future__ import annotations

import operator
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from denoising_autoencoder.compute import processes as module
from denoising_autoencoder.compute.processes import map_as_finished, map_processes
from denoising_autoencoder.errors import ProjectError
from tests.processes import run, start

SLEEPING = """
import time
from denoising_autoencoder.compute.processes import map_processes
list(map_processes(time.sleep, [(60,), (60,)], processes=2))
"""


def test_processes_give_results_in_the_order_of_the_tasks():
    tasks = [(number, 10) for number in range(5)]

    assert list(map_processes(operator.mul, tasks, processes=2)) == [0, 10, 20, 30, 40]


@pytest.mark.slow
def test_results_can_be_had_as_they_are_finished():
    tasks = [(3,), (0,), (0,)]

    found = list(map_as_finished(time.sleep, tasks, processes=2))

    assert sorted(found) == [(0, None), (1, None), (2, None)]
    assert found[-1] == (0, None), "the first task takes longest"


def test_one_process_is_this_one(monkeypatch):
    monkeypatch.setattr(module, "ProcessPoolExecutor", None)

    assert list(map_processes(operator.neg, [(1,), (2,)], processes=1)) == [-1, -2]
    found = map_as_finished(operator.neg, [(1,), (2,)], processes=1)
    assert list(found) == [(0, -1), (1, -2)]


def test_processes_are_not_forked_and_leave_ctrl_c_to_the_parent():
    """Not even at their imports, before they could say that they ignore it."""
    (blocked,) = map_processes(signal.pthread_sigmask, [(signal.SIG_BLOCK, ())], 2)

    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_process_that_dies_is_a_sentence():
    with pytest.raises(ProjectError, match="A process that shares the work has died"):
        list(map_processes(os._exit, [(1,), (1,)], processes=2))


ERROR = "denoising_autoencoder.errors.ProjectError"
# One write: the lines of several processes would mix.
SCRIPT = """
import os
os.write(1, b"executed\\n")
from denoising_autoencoder.compute.processes import map_processes
{guard}
    print(list(map_processes(abs, [(-1,), (-2,)], processes=2)))
"""


@pytest.mark.parametrize(
    ("guard", "code"),
    [("if __name__:", 1), ("if True:", 1), ('if __name__ == "__main__":', 0)],
)
def test_a_script_without_guard_is_refused(guard, code, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(guard=guard))

    done = run([sys.executable, "-u", str(script)])

    assert done.returncode == code
    lines = done.stdout.splitlines()
    if code == 0:  # by the parent and two processes, in whatever order
        assert sorted(lines) == ["[1, 2]", "executed", "executed", "executed"]
        return
    # On a busy machine Python's tracker of semaphores may have the last word.
    (sentence,) = (line for line in lines if line.startswith(f"{ERROR}: "))
    assert 'below `if __name__ == "__main__":`' in sentence
    if guard == "if True:":  # seen before any process was started
        assert done.stdout.count("executed") == 1
        assert f"{script} has no guard" in sentence


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="asks Linux which processes there are"
)
def test_workers_do_not_outlive_a_parent_that_is_killed():
    # Their output goes nowhere: a pipe would stay open as long as they live.
    with start(
        [sys.executable, "-c", SLEEPING],
        stdout=subprocess.DEVNULL,
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
