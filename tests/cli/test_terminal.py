"""`kedro run` in a real terminal (a pty): its bars, its log, Ctrl-C."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import time
from dataclasses import dataclass, field

import pytest

from tests.pseudo_terminal import Screen

fcntl = pytest.importorskip("fcntl", reason="terminals of Unix")
pty = pytest.importorskip("pty", reason="terminals of Unix")
termios = pytest.importorskip("termios", reason="terminals of Unix")

TIMEOUT = 60
CTRL_C = b"\x03"


@dataclass
class Seen:
    """What a person saw.

    Attributes:
        screen: At the end.
        frames: The rows after each piece of output.
        code: Exit code.
    """

    screen: Screen
    frames: list[list[str]] = field(default_factory=list)
    code: int = 0


def watch(kedro, command: list[str], columns: int, type_at: str | None = None) -> Seen:
    """Call a command in a terminal; press Ctrl-C when some words are seen."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(kedro.project)
        unset = {"COLUMNS", "LINES", "NO_COLOR"}
        environment = {k: v for k, v in kedro.environment().items() if k not in unset}
        time.sleep(0.2)  # until the terminal has its size
        os.execve(command[0], command, {**environment, "TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    seen = Seen(Screen(columns))
    deadline = time.monotonic() + TIMEOUT
    rest = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody writes there any more
            break
        if not piece:
            break
        # A piece may end within a letter or a command of the terminal.
        whole, rest = split_off(rest + piece)
        rows = seen.screen.feed(whole.decode()).rows()
        seen.frames.append(rows)
        if type_at and type_at in " ".join(rows):
            os.write(terminal, CTRL_C)
            type_at = None
    if left <= 0:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    seen.code = os.waitstatus_to_exitcode(status)
    os.close(terminal)
    return seen


def split_off(output: bytes) -> tuple[bytes, bytes]:
    """What can be shown now, and what waits for more."""
    end = len(output)
    escape = output.rfind(b"\x1b")
    if escape >= 0 and not re.match(rb"\x1b\[[?0-9;]*[A-Za-z]", output[escape:]):
        end = escape
    while end and output[end - 1 : end] >= b"\x80" and not decodes(output[:end]):
        end -= 1
    return output[:end], output[end:]


def decodes(output: bytes) -> bool:
    try:
        output.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_a_run_shows_its_nodes_and_its_training_and_leaves_the_log(kedro_after_a_run):
    kedro = kedro_after_a_run
    command = kedro.command("--nodes=dae.train,dae.reconstruct", params="dae.steps=300")

    seen = watch(kedro, command, columns=80)

    assert seen.code == 0, seen.screen.rows()
    bars = [rows[-2:] for rows in seen.frames if "images/s" in rows[-1]]
    assert bars, seen.frames[-1]
    for run, training in bars:
        assert re.match(r"dae\.train ━+ 0/2 nodes 0:00:\d\d$", run)
        assert re.match("DAE [━╸]", training)
        assert len(run) == len(training) == 78
    assert any(re.search(r"DAE [━╸╺]+ [1-9]\d+/300  loss 0\.", two[1]) for two in bars)
    rows = seen.screen.rows()
    assert seen.screen.cursor_shown
    assert not [row for row in rows if "━" in row or len(row) > 80]
    assert re.search(r"1/2  dae\.train  \d", " ".join(rows))
    assert any(row.startswith("  dae: train ") for row in rows)


def test_ctrl_c_takes_the_bars_away_and_gives_the_cursor_back(kedro_after_a_run):
    kedro = kedro_after_a_run
    command = kedro.command("--nodes=dae.train", params="dae.steps=100000")

    seen = watch(kedro, command, columns=200, type_at="images/s 0")

    assert seen.code == 130, seen.screen.rows()
    # Two columns stay free for what the terminal itself writes at Ctrl-C.
    assert 198 in {len(row) for rows in seen.frames for row in rows}
    rows = seen.screen.rows()
    assert seen.screen.cursor_shown
    assert not [row for row in rows if "━" in row]
    assert rows[-1].endswith(
        "Interrupted: what was saved stays, nothing is half-written. Run the same "
        "command again."
    )
    assert "Traceback" not in " ".join(rows)
