"""Output that cannot be shown or written does not end what prints it."""

from __future__ import annotations

import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rich

from denoising_autoencoder.terminal.output import unbreakable_output


def stream_to(descriptor: int, encoding: str = "utf-8") -> io.TextIOWrapper:
    """A stream as Python opens them at its start."""
    return io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(descriptor, "w")), encoding, "strict"
    )


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "Café · 1 ± 2 ━ 日本\n"),
        ("cp932", "Caf\\xe9 - 1 ± 2 ━ 日本\n"),
        ("ascii", "Caf\\xe9 - 1 +/- 2 - \\u65e5\\u672c\n"),
    ],
)
def test_what_a_console_lacks_becomes_ascii(encoding, shown, tmp_path, monkeypatch):
    file = tmp_path / "output"
    stream = stream_to(os.open(file, os.O_WRONLY | os.O_CREAT), encoding)
    monkeypatch.setattr(sys, "stdout", stream)

    with unbreakable_output():
        rich.get_console().print("Café · 1 ± 2 ━ 日本")

    assert file.read_text(encoding) == shown
    assert sys.stdout is stream
    stream.close()


def full_disk() -> int:
    return os.open("/dev/full", os.O_WRONLY)


def pipe_without_reader() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        pytest.param(
            full_disk,
            "No space left on device",
            marks=pytest.mark.skipif(
                not Path("/dev/full").exists(), reason="a device of Linux"
            ),
        ),
        (pipe_without_reader, "Broken pipe"),
    ],
)
def test_output_that_cannot_be_written_is_named_once_at_the_end(
    broken, reason, monkeypatch, capsys
):
    stream = stream_to(broken())
    monkeypatch.setattr(sys, "stdout", stream)

    with unbreakable_output():
        for _ in range(3):
            with unbreakable_output():  # the summary of a command's run
                rich.get_console().print("a line")
        assert capsys.readouterr().err == ""

    assert capsys.readouterr().err == (
        f"Standard output cannot be written ({reason}): what was printed since is "
        "lost. Every saved file is complete.\n"
    )
    stream.close()  # nothing is left to be written


def test_a_pipe_that_does_not_block_gets_everything(monkeypatch):
    """Some parents leave it so; Python's own streams would raise once it is full."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    stream = stream_to(writer)
    monkeypatch.setattr(sys, "stdout", stream)
    text = "x" * 2**20

    with ThreadPoolExecutor() as threads, os.fdopen(reader, "rb") as pipe:
        read = threads.submit(pipe.read, len(text))
        with unbreakable_output():
            sys.stdout.write(text)
        assert read.result() == text.encode()
    stream.close()


def test_closed_streams_are_none_again_afterwards(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    with unbreakable_output():
        sys.stdout.write("±")
        assert not sys.stderr.isatty()

    assert (sys.stdout, sys.stderr) == (None, None)


def test_a_notebook_s_stream_stays_in_its_place(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)

    with unbreakable_output():
        assert sys.stdout is stream
