"""What a terminal shows of work that goes on, and that nothing else shows anything."""

from __future__ import annotations

import errno
import io
import sys
import threading
import time

import pytest
import rich
import rich.progress
from rich.console import Console

from denoising_autoencoder.terminal.progress import add, end, shown, track
from tests.pseudo_terminal import Screen


class Terminal:
    """A terminal of some columns."""

    def __init__(self, columns: int = 80) -> None:
        self.columns = columns
        self.written = io.StringIO()
        self.console = Console(
            file=self.written,
            force_terminal=True,
            width=columns,
            color_system="standard",
        )

    def screen(self) -> Screen:
        return Screen(self.columns).feed(self.written.getvalue())

    def wait_for(self, words: str) -> list[str]:
        """The rows as soon as they hold some words: they are drawn in a thread."""
        deadline = time.monotonic() + 5
        while words not in " ".join(rows := self.screen().rows()):
            assert time.monotonic() < deadline, rows
            time.sleep(0.01)
        return rows


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(rich, "get_console", lambda: terminal.console)
    yield terminal
    end()


def test_a_line_has_its_label_a_bar_what_is_done_and_the_text(terminal):
    with shown("ResUNet", 1500, text="waits") as line:
        (before,) = terminal.screen().rows()
        line.update(300, "300/1500  loss 0.0101")
        (after,) = terminal.wait_for("loss")

    assert before.startswith("ResUNet ━")
    assert before.endswith("━ waits -:--:--")
    assert "━ 300/1500  loss 0.0101 " in after
    assert len(before) == len(after) == 78


@pytest.mark.parametrize("columns", [30, 40, 60, 80])
def test_where_there_is_little_room_the_time_stays(columns, monkeypatch):
    terminal = Terminal(columns)
    monkeypatch.setattr(rich, "get_console", lambda: terminal.console)
    text = "1150/1500  loss 0.0101 validation 0.0102  12,345 images/s"

    with shown("ResUNet", 1500, done=1150, text=text):
        (row,) = terminal.screen().rows()

    assert row.endswith(" -:--:--")
    assert len(row) == columns - 2
    assert (text in row) == (columns == 80)
    assert "━━━╺ 1150" in row


def test_a_terminal_that_can_do_nothing_is_left_alone(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    monkeypatch.setattr(rich, "get_console", lambda: terminal.console)

    assert list(track("abc", "letters", 3)) == ["a", "b", "c"]

    assert terminal.written.getvalue() == ""


def test_a_long_name_in_one_line_leaves_the_bar_of_the_other_alone(terminal):
    add("data_engineering.download_images", 27, text="0/27", time_left=False)
    with shown("AE", 10, text="0/10"):
        first, second = terminal.screen().rows()

    assert first.startswith("data_engineering.download_images ━")
    assert first.endswith("0/27 0:00:00")
    assert second.startswith("AE ━")
    assert len(first) == len(second) == 78


def test_a_label_is_no_markup(terminal):
    with shown("[red]mine.npz[/red]", 1, text="[1]"):
        (row,) = terminal.screen().rows()

    assert row.startswith("[red]mine.npz[/red] ━")
    assert "[1]" in row


def test_items_are_counted_as_they_are_done(terminal):
    items = track("abc", "letters", 3)

    assert next(items) == "a"
    (row,) = terminal.screen().rows()
    assert "0/3" in row
    assert next(items) == "b"
    terminal.wait_for("1/3")
    assert list(items) == ["c"]
    assert terminal.screen().rows() == []


def test_the_log_stays_whole_as_lines_come_and_go(terminal):
    run = add("run", 6, time_left=False)
    for node in range(6):
        run.update(node, f"{node}/6 nodes")
        with shown(f"training {node}", 1):
            time.sleep(0.05)
        terminal.console.print(f"node {node} is done")
        terminal.console.print(f"it took {node} s")
        time.sleep(0.05 * node)  # drawn at other moments each time
    end()

    expected = [(f"node {node} is done", f"it took {node} s") for node in range(6)]
    assert terminal.screen().rows() == [row for two in expected for row in two]


def test_the_display_goes_with_its_last_line_and_gives_the_cursor_back(terminal):
    for _ in range(2):
        with shown("outer", 1):
            with shown("inner", 1):
                assert len(terminal.screen().rows()) == 2
            assert len(terminal.screen().rows()) == 1
            assert not terminal.screen().cursor_shown

        assert terminal.screen().rows() == []
        assert terminal.screen().cursor_shown


def test_what_an_error_left_is_ended_and_does_not_come_back(terminal):
    items = track("abc", "letters", 3)
    next(items)  # and its line stays for as long as somebody holds it
    with shown("work", 1) as line:
        end()
        line.update(1, "late")  # as a thread may
        assert terminal.screen().rows() == []
    with shown("anew", 1):
        assert [row.split()[0] for row in terminal.screen().rows()] == ["anew"]
        items.close()
        assert [row.split()[0] for row in terminal.screen().rows()] == ["anew"]

    assert terminal.screen().cursor_shown


def test_works_in_several_threads_share_the_display(terminal):
    both = threading.Barrier(3)

    def work(name: str) -> None:
        with shown(name, 1):
            both.wait()
            both.wait()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("AE", "DAE")]
    for thread in threads:
        thread.start()
    both.wait()
    rows = terminal.screen().rows()
    both.wait()
    for thread in threads:
        thread.join()

    assert sorted(row.split()[0] for row in rows) == ["AE", "DAE"]
    assert terminal.screen().rows() == []


def test_nothing_is_written_where_the_output_is_no_terminal(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(rich, "get_console", lambda: Console(file=written))

    assert list(track("abc", "letters", 3)) == ["a", "b", "c"]

    assert written.getvalue() == ""


def test_a_forgotten_line_may_be_collected_while_another_is_added(
    terminal, monkeypatch
):
    forgotten = track("abc", "letters", 3)
    next(forgotten)
    add_task = rich.progress.Progress.add_task

    def collecting_add_task(self, *args, **kwargs):
        forgotten.close()  # as the garbage collector does, at any moment
        return add_task(self, *args, **kwargs)

    monkeypatch.setattr(rich.progress.Progress, "add_task", collecting_add_task)
    adding = threading.Thread(target=add, args=("work", 1), daemon=True)
    adding.start()
    adding.join(5)

    assert not adding.is_alive()


def test_errors_that_go_elsewhere_stay_there(terminal, capsys):
    with shown("work", 1):
        sys.stderr.write("into a file\n")

    assert "into a file" not in terminal.written.getvalue()
    assert capsys.readouterr().err == "into a file\n"


def test_a_terminal_that_was_closed_is_no_error(terminal, monkeypatch):
    add("work", 1)

    def closed(text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(terminal.written, "write", closed)

    end()
