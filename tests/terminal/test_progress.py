"""The progress bars on a terminal, and silence where there is none."""

from __future__ import annotations

import io
import sys
import threading
import time

import pytest
import rich
from rich.console import Console

from denoising_autoencoder.terminal.progress import close_display, progress_bar, track
from tests.pseudo_terminal import Screen

COLUMNS = 80


class Terminal:
    """What Rich writes to a terminal, and what is visible there."""

    def __init__(self) -> None:
        self.written = io.StringIO()
        self.console = Console(file=self.written, force_terminal=True, width=COLUMNS)

    def rows(self) -> list[str]:
        return self.screen().rows()

    def labels(self) -> list[str]:
        return [row.split()[0] for row in self.rows()]

    def screen(self) -> Screen:
        return Screen(COLUMNS).feed(self.written.getvalue())


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(rich, "get_console", lambda: terminal.console)
    yield terminal
    close_display()


def test_a_bar_has_its_label_and_the_newest_text(terminal):
    with progress_bar("[red]AE[/red]", 10, text="[0]") as update:
        (before,) = terminal.rows()
        update(10, "10/10  loss 0.01")
        with progress_bar("another", 1):  # which draws all bars anew
            after, _ = terminal.rows()

    assert before.startswith("[red]AE[/red] ━")
    assert before.endswith("━ [0] -:--:--")
    assert after.endswith("━ 10/10  loss 0.01 0:00:00")


def test_where_the_speed_is_uneven_the_time_that_passed_is_shown(terminal):
    with progress_bar("run", 27, time_left=False):
        (row,) = terminal.rows()

    assert row.endswith("━  0:00:00")


def test_items_are_counted_as_they_are_done(terminal):
    items = track("ab", "letters", 2)

    assert next(items) == "a"
    assert "0/2" in terminal.rows()[0]
    assert next(items) == "b"
    with progress_bar("another", 1):
        assert "1/2" in terminal.rows()[0]
    assert list(items) == []
    assert terminal.rows() == []


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

    assert terminal.rows() == expected
    assert terminal.screen().cursor_shown


def test_bars_of_several_threads_share_the_display(terminal):
    both = threading.Barrier(3, timeout=30)

    def work(name: str) -> None:
        with progress_bar(name, 1):
            both.wait()
            both.wait()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("AE", "DAE")]
    for thread in threads:
        thread.start()
    both.wait()
    labels = terminal.labels()
    both.wait()
    for thread in threads:
        thread.join()

    assert sorted(labels) == ["AE", "DAE"]
    assert terminal.rows() == []


def test_a_bar_that_an_error_left_is_closed_and_does_not_come_back(terminal):
    forgotten = track("abc", "letters", 3)
    next(forgotten)
    with progress_bar("work", 1) as update:
        close_display()
        update(1, "late")  # as another thread may
        assert terminal.rows() == []
    with progress_bar("new", 1):
        assert terminal.labels() == ["new"]
        forgotten.close()
        assert terminal.labels() == ["new"]

    assert terminal.screen().cursor_shown


@pytest.mark.parametrize("kind", ["file", "dumb"])
def test_nothing_is_written_where_no_bar_can_be_drawn(kind, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    written = io.StringIO()
    console = Console(file=written, force_terminal=kind == "dumb")
    monkeypatch.setattr(rich, "get_console", lambda: console)

    assert list(track("abc", "letters", 3)) == ["a", "b", "c"]

    assert written.getvalue() == ""


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
