"""Progress bars on the terminal.

All bars share one display, whichever thread they belong to. The display appears with
the first bar and disappears with the last. Nothing is shown where the output is not a
terminal.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import TypeVar

import rich
from rich.console import RenderableType
from rich.constrain import Constrain
from rich.progress import (
    BarColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_Item = TypeVar("_Item")

Update = Callable[[float, str], None]
"""Shows how much is done, and a text behind the bar."""

Show = Callable[[str, float | None, int, str, bool], AbstractContextManager[Update]]
"""Shows a bar while a block runs; arguments and result as for `progress_bar`."""

_elsewhere: ContextVar[Show | None] = ContextVar("elsewhere", default=None)

_displays: list[Progress] = []
"""The display, while there is one."""

# Reentrant: Python may close a forgotten `track` while this thread holds the lock.
_lock = threading.RLock()


@contextmanager
def progress_bar(
    label: str,
    total: float | None,
    done: int = 0,
    text: str = "",
    time_left: bool = True,
) -> Iterator[Update]:
    """Show a progress bar while the block runs.

    Args:
        label: Text before the bar.
        total: Amount of work; None if it is unknown.
        done: Amount of work that was done before.
        text: Text behind the bar.
        time_left: Whether the bar ends with an estimate of the time left, which needs
            an even speed, or with the time that has passed.

    Yields:
        The function that updates the bar.
    """
    show = _elsewhere.get()
    if show is not None:
        with show(label, total, done, text, time_left) as update:
            yield update
        return
    with _lock:
        if not _displays:
            _displays.append(_new_display())
        display = _displays[0]
        task = display.add_task(
            label, total=total, completed=done, text=text, time_left=time_left
        )
    try:
        yield lambda done, text: display.update(task, completed=done, text=text)
    finally:
        with _lock:
            display.remove_task(task)
            display.refresh()  # Rich's own thread, later, could erase a line of the log
            if not display.tasks and display in _displays:
                close_display()


@contextmanager
def bars_elsewhere(show: Show) -> Iterator[None]:
    """Let something else show the bars that this thread begins inside the block.

    Args:
        show: What shows them, for example on the terminal of another process.
    """
    token = _elsewhere.set(show)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def close_display() -> None:
    """Remove all bars, also those of a `track` whose loop an error has left."""
    with _lock, suppress(OSError):  # the terminal may be closed
        while _displays:
            _displays.pop().stop()


def say(line: str) -> None:
    """Print a line above the bars, as it is.

    A plain print would leave pieces of a bar behind.

    Args:
        line: Text without control characters.
    """
    rich.get_console().print(Text(line), soft_wrap=True)


def track(items: Iterable[_Item], label: str, total: int) -> Iterator[_Item]:
    """Iterate over items and show how many are done.

    Args:
        items: Items in the order in which they are yielded.
        label: Text before the bar.
        total: Number of items.
    """
    with progress_bar(label, total, text=f"0/{total}") as update:
        for done, item in enumerate(items, start=1):
            yield item
            update(done, f"{done}/{total}")


class _Display(Progress):
    def get_renderables(self) -> Iterator[RenderableType]:
        # The terminal writes ^C behind the last row; if it wrapped, a bar would stay.
        room = rich.get_console().width - len("^C")
        yield Constrain(self.make_tasks_table(self.tasks), room)


class _Time(TimeRemainingColumn):
    def render(self, task: Task) -> Text:
        left = task.fields["time_left"]
        return super().render(task) if left else TimeElapsedColumn().render(task)


def _new_display() -> Progress:
    console = rich.get_console()
    display = _Display(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[text]}", markup=False),
        _Time(),
        console=console,
        transient=True,
        disable=not console.is_interactive,
        redirect_stderr=sys.stderr is not None and sys.stderr.isatty(),
        expand=True,
        refresh_per_second=4,  # more would take time from the training
    )
    display.start()
    return display
