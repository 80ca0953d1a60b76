"""What a terminal shows of work that goes on: a line for each, all in one display.

There is one terminal, so there is one display, whatever thread a work is in. It appears
with the first line and goes with the last, and is silent where the output is no
terminal.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import rich
from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

_Item = TypeVar("_Item")

_ECHO = len("^C")
"""Columns that stay free: a terminal shows Ctrl-C where the cursor is, and in the last
column that would be a new row, of which Rich knows nothing."""


_SHORTEST_BAR = 4

_TIME = len("0:00:00")


class Line:
    """One line of the display.

    Args:
        progress: The display.
        task: The line in it.
    """

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self.progress = progress
        self.task = task

    def update(self, done: float, text: str, label: str | None = None) -> None:
        """Change what the line shows.

        Args:
            done: How much of the work is done.
            text: Stands behind the bar.
            label: Names the work from now on.
        """
        self.progress.update(self.task, completed=done, description=label, text=text)


def add(
    label: str,
    total: float | None,
    done: int = 0,
    text: str = "",
    time_left: bool = True,
) -> Line:
    """Show a work until `end`.

    Args:
        label: Names it.
        total: How much there is to do; None if nobody knows.
        done: How much of it was done before.
        text: Stands behind the bar.
        time_left: Whether the line ends with the time that is left, or else with the
            time that went by.
    """
    return _DISPLAY.add(label, total, done, text, time_left)


@contextmanager
def shown(
    label: str, total: float | None, done: int = 0, text: str = ""
) -> Iterator[Line]:
    """Show a work as long as it goes on; arguments as for `add`."""
    line = add(label, total, done, text)
    try:
        yield line
    finally:
        _DISPLAY.remove(line)


def end() -> None:
    """Take the display away, with the lines of works that an error has ended."""
    _DISPLAY.end()


def track(items: Iterable[_Item], label: str, total: int) -> Iterator[_Item]:
    """Go through some items and show how many are done.

    Args:
        items: As they become ready.
        label: Names the work.
        total: How many there are.
    """
    with shown(label, total, text=f"0/{total}") as line:
        for done, item in enumerate(items, start=1):
            yield item
            line.update(done, f"{done}/{total}")


class _Rows(Progress):
    """Lines that do not share columns: a long name leaves the other bars alone."""

    def get_renderables(self) -> Iterable[RenderableType]:
        for task in self.tasks:
            table = self.make_tasks_table([task])
            yield Constrain(table, self.console.width - _ECHO)


class _Label(ProgressColumn):
    """What names a work, in no more than half of the row."""

    def __init__(self, console: Console) -> None:
        super().__init__(table_column=Column(no_wrap=True))
        self._console = console

    def render(self, task: Task) -> Text:
        text = Text(task.description, overflow="ellipsis", no_wrap=True)
        text.truncate(self._console.width // 2)
        return text


class _Text(_Label):
    """What is said of a work, as far as there is room beside a bar and the time."""

    def render(self, task: Task) -> Text:
        label = super().render(task)
        room = self._console.width - _ECHO - label.cell_len - _SHORTEST_BAR - _TIME - 3
        text = Text(task.fields["text"], overflow="ellipsis", no_wrap=True)
        text.truncate(max(room, 0))
        return text


class _Time(ProgressColumn):
    """The time that is left, or that went by."""

    def __init__(self) -> None:
        super().__init__(table_column=Column(no_wrap=True))
        self._left = TimeRemainingColumn()
        self._gone = TimeElapsedColumn()

    def render(self, task: Task) -> RenderableType:
        return (self._left if task.fields["time_left"] else self._gone).render(task)


class _Display:
    """The lines that are shown now.

    It is drawn anew at once when their number changes: Rich, which draws it in a thread
    of its own, would take lines of the log for lines of the former display.
    """

    def __init__(self) -> None:
        # A line that is forgotten is removed wherever Python collects it.
        self._lock = threading.RLock()
        self._progress: Progress | None = None

    def add(
        self, label: str, total: float | None, done: int, text: str, time_left: bool
    ) -> Line:
        """Add a line, and the display with the first."""
        with self._lock:
            progress = self._progress = self._progress or _begun()
            task = progress.add_task(
                label, total=total, completed=done, text=text, time_left=time_left
            )
            if self._progress is not progress:  # its last line was collected meanwhile
                return self.add(label, total, done, text, time_left)
            progress.refresh()
            return Line(progress, task)

    def remove(self, line: Line) -> None:
        """Take a line away, and the display with the last."""
        with self._lock:
            if self._progress is line.progress:  # it was not ended before
                self._progress.remove_task(line.task)
                self._progress.refresh()
                if not self._progress.tasks:
                    self._stop()

    def end(self) -> None:
        """Take the display away."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        progress, self._progress = self._progress, None
        if progress is not None:
            with suppress(OSError):  # the terminal may be closed
                try:
                    progress.stop()
                finally:
                    progress.console.show_cursor(True)


def _begun() -> Progress:
    """A display, which is there where the output is a terminal."""
    console = rich.get_console()
    progress = _Rows(
        _Label(console),
        BarColumn(bar_width=None),
        _Text(console),
        _Time(),
        console=console,
        transient=True,
        disable=not console.is_interactive,
        redirect_stderr=sys.stderr.isatty(),
        expand=True,
        refresh_per_second=4,  # it takes time from what is shown
    )
    progress.start()
    return progress


_DISPLAY = _Display()
