"""What the line of a training says: loss, validation loss and speed."""

from __future__ import annotations

from denoising_autoencoder.terminal.progress import Line


class TrainingProgress:
    """Writes the losses of a training into its line, as they come.

    Args:
        line: Of the display.
        steps: Of the whole training.
    """

    def __init__(self, line: Line, steps: int) -> None:
        self._line = line
        self._steps = steps
        self._done = 0
        self._loss = self._validation = self._speed = "-"
        self._show()

    def advance(self, step: int, loss: float, images_per_second: float) -> None:
        """Show a training loss and the speed after `step` steps."""
        self._done = step
        self._loss = f"{loss:.4f}"
        self._speed = f"{images_per_second:,.0f}"
        self._show()

    def validated(self, mse: float) -> None:
        """Show the newest validation loss."""
        self._validation = f"{mse:.4f}"
        self._show()

    def _show(self) -> None:
        self._line.update(
            self._done,
            f"{self._done}/{self._steps}  loss {self._loss} "
            f"validation {self._validation}  {self._speed} images/s",
        )
