"""`kedro run` on a real terminal (a pty): its bars, its log and Ctrl-C."""

from __future__ import annotations

import codecs
import os
import re
import select
import struct
import sys
import time
from dataclasses import dataclass, field

import pytest

from tests import processes
from tests.pseudo_terminal import Screen

fcntl = pytest.importorskip("fcntl", reason="terminals of Unix")
pty = pytest.importorskip("pty", reason="terminals of Unix")
termios = pytest.importorskip("termios", reason="terminals of Unix")

CTRL_C = b"\x03"

# Makes a terminal that of its session, and becomes the command that follows.
ON_A_TERMINAL = """
import fcntl, os, sys, termios
terminal = os.open(sys.argv[1], os.O_RDWR)
fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
for stream in range(3):
    os.dup2(terminal, stream)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass
class Seen:
    """What a person saw.

    Attributes:
        screen: The screen at the end.
        frames: The rows after each piece of output.
        code: Exit code.
    """

    screen: Screen
    frames: list[list[str]] = field(default_factory=list)
    code: int | None = None


def watch(kedro, command: list[str], columns: int, type_at: str | None = None) -> Seen:
    """Call a command on a terminal, and press Ctrl-C when some words appear."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    unset = {"COLUMNS", "LINES", "NO_COLOR"}
    environment = {k: v for k, v in kedro.environment().items() if k not in unset}
    process = processes.start(
        [sys.executable, "-c", ON_A_TERMINAL, os.ttyname(theirs), *command],
        cwd=kedro.project,
        env={**environment, "TERM": "xterm-256color"},
    )
    seen, decoder = Seen(Screen(columns)), codecs.getincrementaldecoder("utf-8")()
    deadline = time.monotonic() + processes.TIMEOUT
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        assert time.monotonic() < deadline, seen.screen.rows()
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        rows = seen.screen.feed(decoder.decode(os.read(ours, 65536))).rows()
        seen.frames.append(rows)
        if type_at and type_at in " ".join(rows):
            os.write(ours, CTRL_C)
            type_at = None
    os.close(ours)
    os.close(theirs)
    seen.code = process.returncode
    return seen


@pytest.mark.slow
def test_a_run_shows_its_nodes_and_its_training_and_leaves_the_log(kedro_after_a_run):
    kedro = kedro_after_a_run
    command = kedro.command("--nodes=dae.train,dae.reconstruct", params="dae.steps=300")

    seen = watch(kedro, command, columns=80)

    assert seen.code == 0, seen.screen.rows()
    bars = [rows[-2:] for rows in seen.frames if "images/s" in rows[-1]]
    assert bars, seen.frames[-1]
    for run, training in bars:
        assert re.match(r"run ━+ 0/2 nodes  dae\.train +0:00:\d\d", run)
        assert re.match(r"DAE [━╸╺]+ \d+/300 loss 0\.\d+ validation 0\.\d+ ", training)
    rows = seen.screen.rows()
    assert seen.screen.cursor_shown
    assert not [row for row in rows if "━" in row or len(row) > 80]
    assert re.search(r"1/2  dae\.train  \d", " ".join(rows))
    assert any(row.startswith("  dae: train ") for row in rows)


def test_ctrl_c_takes_the_bars_away_and_gives_the_cursor_back(kedro_after_a_run):
    kedro = kedro_after_a_run
    command = kedro.command("--nodes=dae.train", params="dae.steps=100000")

    seen = watch(kedro, command, columns=200, type_at="images/s")

    assert seen.code == 130, seen.screen.rows()
    rows = seen.screen.rows()
    assert seen.screen.cursor_shown
    assert not [row for row in rows if "━" in row]
    assert rows[-1].endswith(
        "Interrupted: every saved file is complete. Run the same command again."
    )
    assert "Traceback" not in " ".join(rows)
