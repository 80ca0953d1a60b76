"""What a command costs: wall time, CPU time, memory and disk. Linux alone."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

_INTERVAL = 0.5
"""Seconds between two looks at the memory, each of which takes some milliseconds."""


@dataclass(frozen=True)
class Cost:
    """What a command took from its start to its exit, with its child processes.

    Attributes:
        wall: Seconds.
        cpu: Seconds of all cores, in user and kernel mode.
        memory: The most megabytes at one time, as far as a look every half second can
            tell. Memory that processes share counts once, pages of mapped files count
            too (proportional set size of all processes).
        written: Megabytes that a folder has grown by; hard links count once.
        output: What it wrote to stdout.
    """

    wall: float
    cpu: float
    memory: float
    written: float
    output: str


def measure(command: list[str], folder: Path, within: Path) -> Cost:
    """Run a command and see what it costs.

    Args:
        command: Program and arguments.
        folder: Where it writes.
        within: The working directory.

    Raises:
        RuntimeError: It failed; with the end of what it wrote to stderr.
    """
    before = megabytes(folder)
    start = time.perf_counter()
    with (
        TemporaryFile("w+") as errors,
        subprocess.Popen(
            command, cwd=within, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        most = [0.0]
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_INTERVAL):
                most[0] = max(most[0], sum(map(_proportional_set, _tree(process.pid))))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            assert process.stdout is not None
            output = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                process.kill()
            over.set()
            watcher.join()
        wall = time.perf_counter() - start
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(
                f"{command} failed: {output[-2000:]}{errors.read()[-2000:]}"
            )
    return Cost(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=most[0],
        written=megabytes(folder) - before,
        output=output,
    )


def megabytes(folder: Path) -> float:
    """What the files of a folder take, hard links once."""
    files = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum({(one.st_dev, one.st_ino): one.st_size for one in files}.values()) / 1e6


def _tree(pid: int) -> list[int]:
    """A process and those that come of it."""
    found = [pid]
    with suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread has
                for child in (task / "children").read_text().split():
                    found += _tree(int(child))
    return found


def _proportional_set(pid: int) -> float:
    """Megabytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    kibibytes = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kibibytes * 1024 / 1e6
