"""Wall time, CPU time, memory and disk that a command takes. Linux only."""

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
"""Seconds between two readings of the memory."""


@dataclass(frozen=True)
class Cost:
    """Cost of a command from start to exit, with its child processes.

    Attributes:
        wall: Wall time in seconds.
        cpu: Seconds of all cores, in user and kernel mode.
        memory: Largest of the readings, in megabytes: the proportional set size of all
            processes, so shared memory counts once and mapped files count too.
        written: Megabytes that a folder grew by; hard links count once.
        output: Text that it wrote to stdout.
    """

    wall: float
    cpu: float
    memory: float
    written: float
    output: str


def measure(command: list[str], folder: Path, within: Path) -> Cost:
    """Run a command and measure its cost.

    Args:
        command: Program and arguments.
        folder: Folder that it writes to.
        within: Working directory.

    Raises:
        RuntimeError: The command failed; the message has the end of its stderr.
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
    """Sum the size of the files in a folder; hard links count once."""
    files = (path.stat() for path in folder.rglob("*") if path.is_file())
    sizes = {(file.st_dev, file.st_ino): file.st_size for file in files}
    return sum(sizes.values()) / 1e6


def _tree(pid: int) -> list[int]:
    """List a process and its descendants."""
    found = [pid]
    with suppress(OSError):  # the process has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread has ended
                for child in (task / "children").read_text().split():
                    found += _tree(int(child))
    return found


def _proportional_set(pid: int) -> float:
    """Read the proportional set size of a process in megabytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    kibibytes = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kibibytes * 1024 / 1e6
