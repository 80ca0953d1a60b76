"""The progress bars on a terminal, and silence where there is none."""

from __future__ import annotations

import io
import sys
import threading
import time
from contextlib import contextmanager

import pytest
import rich
from rich.console import Console

from denoising_autoencoder.terminal.progress import (
    bars_elsewhere,
    close_display,
    progress_bar,
    track,
)
from tests.pseudo_terminal import Screen

COLUMNS = 80


class Terminal:
    """What Rich writes to a terminal, and what is visible there."""

    def __init__(self) -> None:
        self.written = io.StringIO()
        self.console = Console(file=self.written, force_terminal=True, width=COLUMNS)

    def screen(self) -> Screen:
        return Screen(COLUMNS).feed(self.written.getvalue())

    def labels(self) -> list[str]:
        return [row.split()[0] for row in self.screen().rows()]


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(rich, "get_console", lambda: terminal.console)
    yield terminal
    close_display()


def test_a_bar_has_its_label_the_newest_text_and_a_time(terminal):
    with (
        progress_bar("[red]AE[/red]", 10, text="[0]") as update,
        progress_bar("run", 27, time_left=False),
    ):
        before, run = terminal.screen().rows()
        update(10, "10/10  loss 0.01")
        with progress_bar("another", 1):  # which draws all bars anew
            after = terminal.screen().rows()[0]

    assert before.startswith("[red]AE[/red] ━")
    assert before.endswith("━ [0] -:--:--")
    assert run.endswith("━     0:00:00")
    assert after.endswith("━ 10/10  loss 0.01 0:00:00")


def test_items_are_counted_as_they_are_done(terminal):
    items = track("ab", "letters", 2)

    assert next(items) == "a"
    assert "0/2" in terminal.screen().rows()[0]
    assert next(items) == "b"
    with progress_bar("another", 1):
        assert "1/2" in terminal.screen().rows()[0]
    assert list(items) == []
    assert terminal.screen().rows() == []


def test_the_log_stays_whole_while_bars_come_and_go(terminal):
    expected = []
    with progress_bar("run", 6) as update:
        for node in range(6):
            update(node, f"{node}/6 nodes")
            with progress_bar(f"training {node}", 1):
                time.sleep(0.05)
                assert terminal.labels()[-2:] == ["run", "training"]
            # Drawn anew at once: in its own thread Rich could erase a line of the log.
            assert terminal.labels()[-1] == "run"
            terminal.console.print(f"node {node} is done")
            terminal.console.print(f"it took {node} s")
            expected += [f"node {node} is done", f"it took {node} s"]
            time.sleep(0.05 * node)  # so that each is drawn at another moment

    assert terminal.screen().rows() == expected
    assert terminal.screen().cursor_shown


def test_bars_of_several_threads_share_the_display(terminal):
    both = threading.Barrier(2, timeout=30)

    def work() -> None:
        with progress_bar("other", 1):
            both.wait()
            both.wait()

    thread = threading.Thread(target=work)
    thread.start()
    with progress_bar("own", 1):
        both.wait()
        assert sorted(terminal.labels()) == ["other", "own"]
    assert terminal.labels() == ["other"]
    both.wait()
    thread.join()

    assert terminal.labels() == []


def test_a_bar_that_an_error_left_is_closed_and_does_not_come_back(terminal):
    forgotten = track("abc", "letters", 3)
    next(forgotten)
    with progress_bar("work", 1) as update:
        close_display()
        update(1, "late")  # as another thread may
        assert terminal.labels() == []
    with progress_bar("new", 1):
        forgotten.close()
        assert terminal.labels() == ["new"]

    assert terminal.screen().cursor_shown


@pytest.mark.parametrize("dumb", [False, True])
def test_nothing_is_written_where_no_bar_can_be_drawn(dumb, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    console = Console(file=io.StringIO(), force_terminal=dumb)
    monkeypatch.setattr(rich, "get_console", lambda: console)

    assert list(track("abc", "letters", 3)) == ["a", "b", "c"]

    assert console.file.getvalue() == ""


def test_errors_that_are_redirected_to_a_file_stay_there(terminal, capsys):
    with progress_bar("work", 1):
        sys.stderr.write("into a file\n")

    assert "into a file" not in terminal.written.getvalue()
    assert capsys.readouterr().err == "into a file\n"


def test_a_terminal_that_was_closed_is_not_an_error(terminal, monkeypatch):
    def closed(text: str) -> int:
        raise OSError("Input/output error")

    with progress_bar("work", 1):
        monkeypatch.setattr(terminal.written, "write", closed)
        close_display()


def test_bars_of_a_block_are_shown_elsewhere(terminal):
    shown = []

    @contextmanager
    def show(*bar):
        shown.append(bar)
        yield lambda done, text: shown.append((done, text))
        shown.append("ended")

    with bars_elsewhere(show), progress_bar("work", 3, time_left=False) as update:
        update(1, "1/3")

    assert shown == [("work", 3, 0, "", False), (1, "1/3"), "ended"]
    assert not terminal.written.getvalue()
