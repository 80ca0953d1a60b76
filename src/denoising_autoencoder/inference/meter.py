"""How far a call is, and how fast: for the bar, and for the line of each picture."""

from __future__ import annotations

import time

from denoising_autoencoder.pictures.reading import shown
from denoising_autoencoder.terminal.progress import Update


class Meter:
    """Counts pixels and seconds.

    Args:
        update: Function that moves the bar, whose unit is a pixel.
    """

    def __init__(self, update: Update) -> None:
        self._update = update
        self._before = 0
        self.begin("", 0)

    def begin(self, name: str, pixels: int) -> None:
        """Start a picture.

        Args:
            name: Name of the picture.
            pixels: Its pixels on all pages.
        """
        self._name, self._pixels = shown(name), pixels
        self._done, self._start = 0, time.perf_counter()
        self._show()

    def add(self, pixels: int) -> None:
        """Count pixels that were denoised."""
        self._done += pixels
        self._show()

    def end(self) -> None:
        """Count the picture as done, even one that failed."""
        self._before += self._pixels
        self._done = 0

    def speed(self) -> str:
        """Megapixels a second of this picture so far."""
        seconds = max(time.perf_counter() - self._start, 1e-9)
        return f"{self._done / 1e6 / seconds:.2g} megapixels/s"

    def _show(self) -> None:
        self._update(self._before + self._done, f"{self._name}  {self.speed()}")
