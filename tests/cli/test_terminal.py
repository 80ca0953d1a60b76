"""`kedro run` on a real terminal (a pty): its bars, its log and Ctrl-C."""

from __future__ import annotations

import codecs
import os
import re
import select
import struct
import sys
import time

import pytest
from PIL import Image

from tests import processes
from tests.inference.models import save_model
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


def watch(
    kedro, command: list[str], columns: int, type_at: str | None = None
) -> tuple[Screen, list[list[str]], int | None]:
    """Call a command on a terminal, and press Ctrl-C when some words appear.

    Returns:
        The screen at the end, the rows after each piece of output, and the exit code.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    unset = {"COLUMNS", "LINES", "NO_COLOR"}
    environment = {k: v for k, v in kedro.environment().items() if k not in unset}
    process = processes.start(
        [sys.executable, "-c", ON_A_TERMINAL, os.ttyname(theirs), *command],
        cwd=kedro.project,
        env={**environment, "TERM": "xterm-256color"},
    )
    screen, frames = Screen(columns), []
    decoder = codecs.getincrementaldecoder("utf-8")()
    deadline = time.monotonic() + processes.TIMEOUT
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        assert time.monotonic() < deadline, screen.rows()
        if select.select([ours], [], [], 0.1)[0]:
            screen.feed(decoder.decode(os.read(ours, 65536)))
            frames.append(screen.rows())
            if type_at and type_at in " ".join(frames[-1]):
                os.write(ours, CTRL_C)
                type_at = None
    os.close(ours)
    os.close(theirs)
    return screen, frames, process.returncode


@pytest.mark.slow
def test_a_run_shows_its_nodes_and_its_training_and_leaves_the_log(kedro_after_a_run):
    kedro = kedro_after_a_run
    command = kedro.command("--nodes=dae.train,dae.reconstruct", params="dae.steps=300")

    screen, frames, code = watch(kedro, command, columns=80)

    rows = screen.rows()
    assert code == 0, rows
    bars = [frame[-2:] for frame in frames if "images/s" in frame[-1]]
    assert bars, frames[-1]
    for run, training in bars:
        assert re.match(r"run ━+ 0/2 nodes  dae\.train +0:00:\d\d", run)
        assert re.match(r"DAE [━╸╺]+ \d+/300 loss 0\.\d+ validation 0\.\d+ ", training)
    assert screen.cursor_shown
    assert not [row for row in rows if "━" in row or len(row) > 80]
    assert re.search(r"1/2  dae\.train  \d", " ".join(rows))
    assert any(row.startswith("  dae: train ") for row in rows)


@pytest.mark.slow
def test_ctrl_c_takes_the_bars_away_and_gives_the_cursor_back(kedro_after_a_run):
    kedro = kedro_after_a_run
    command = kedro.command("--nodes=dae.train", params="dae.steps=10000000")

    screen, _, code = watch(kedro, command, columns=200, type_at="images/s")

    rows = screen.rows()
    assert code == 130, rows
    assert screen.cursor_shown
    assert not [row for row in rows if "━" in row or "Traceback" in row]
    assert rows[-1].endswith(
        "Interrupted: every saved file is complete. Run the same command again."
    )


@pytest.mark.slow
def test_ctrl_c_while_a_picture_is_denoised_leaves_whole_files(kedro, tmp_path):
    save_model(tmp_path / "tiny.safetensors")
    for name, side in {"a.png": 64, "b.png": 3000}.items():
        Image.new("RGB", (side, side)).save(tmp_path / name)
    inputs = [str(tmp_path / name) for name in ("a.png", "b.png")]
    options = [f"--model={tmp_path / 'tiny.safetensors'}", "--threads=1"]
    command = [kedro.command()[0], "denoise", *inputs, *options]

    screen, frames, code = watch(kedro, command, 100, type_at="b.png  ")

    assert code == 130, screen.rows()
    assert any(re.search(r"^denoise .*b\.png  .* megapixels/s", "\n".join(rows), re.M)
               for rows in frames)  # fmt: skip
    text = " ".join(screen.rows())
    assert "Interrupted: every picture that was written is complete" in text
    assert "Traceback" not in text
    assert "denoise ━" not in text
    out = tmp_path / "denoised"
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "denoised.json"]
