"""A live line for a training: loss, validation loss, speed and the time left."""

from __future__ import annotations

from types import TracebackType

import rich
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


class TrainingProgress:
    """A progress bar that stays silent where the output is no terminal.

    Args:
        label: What is trained.
        steps: Of the whole training.
    """

    def __init__(self, label: str, steps: int) -> None:
        console = rich.get_console()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn(
                "loss {task.fields[loss]} validation {task.fields[validation]}  "
                "{task.fields[speed]} images/s"
            ),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            expand=True,
        )
        self._task = self._progress.add_task(
            label, total=steps, loss="-", validation="-", speed="-"
        )

    def __enter__(self) -> TrainingProgress:
        self._progress.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, step: int, loss: float, images_per_second: float) -> None:
        """Show a training loss and the speed after `step` steps."""
        self._progress.update(
            self._task,
            completed=step,
            loss=f"{loss:.4f}",
            speed=f"{images_per_second:,.0f}",
        )

    def validated(self, mse: float) -> None:
        """Show the newest validation loss."""
        self._progress.update(self._task, validation=f"{mse:.4f}")
