"""Processes that tests start: signals reach them, and none outlives its test."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path

import pytest

from tests import processes
from tests.cli.warm import Forked

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="asks Linux about processes"
)

# A test that starts a process with a child of its own, and ends in one of two ways.
INNER = """
import os, signal, sys
from pathlib import Path
from tests import processes

PARENT = '''
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "600"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
'''

def test_that_starts_processes():
    process = processes.start([sys.executable, "-c", PARENT])
    Path("started").write_text(process.stdout.readline())
    END

def test_that_follows():
    assert not Path("/proc", Path("started").read_text().split()[0]).exists()
"""

SIGNALS = (signal.SIGINT, signal.SIGHUP)


@pytest.fixture
def _ignored():
    with processes.default_signals():
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        yield


@pytest.mark.usefixtures("_ignored")
@pytest.mark.parametrize("forked", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_process_hears_signals_that_its_parent_ignores(forked, project):
    if forked:
        process = Forked(["kedro", "registry", "list"], project, {"COLUMNS": "80"})
    else:
        process = processes.start(["sleep", "600"])

    status = Path(f"/proc/{process.pid}/status").read_text()
    ignored = int(re.search(r"SigIgn:\s+(\w+)", status)[1], 16)
    assert [ignored >> (number - 1) & 1 for number in SIGNALS] == [0, 0]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "code", "summary"),
    [
        ("assert False", 1, "1 failed, 1 passed"),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
    ],
)
def test_what_a_test_starts_ends_with_it_though_it_fails_or_is_killed(
    end, code, summary, project, tmp_path
):
    (tmp_path / "test_inner.py").write_text(INNER.replace("END", end))
    pytest_run = [sys.executable, "-m", "pytest", "-p", "tests.processes", "-c"]

    outer = processes.run(
        [*pytest_run, "/dev/null", f"--rootdir={tmp_path}", tmp_path / "test_inner.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(project)},
    )

    assert outer.returncode == code, outer.stdout
    assert summary in outer.stdout
    pids = (tmp_path / "started").read_text().split()
    deadline = time.monotonic() + 60
    while any(Path("/proc", pid).exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
