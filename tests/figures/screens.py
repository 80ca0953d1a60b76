"""What a figure looks like on a screen, pixel by pixel."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def render(figure: Figure) -> np.ndarray:
    """RGB as on a screen: (height, width, 3), the first row at the top."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def places(screen: np.ndarray, block: np.ndarray) -> list[tuple[int, int]]:
    """(top, left) of each place on the screen that shows exactly this block."""
    height, width = block.shape[:2]
    corners = screen[: -height + 1 or None, : -width + 1 or None]
    hits = np.argwhere((corners == block[0, 0]).all(axis=-1))
    return [
        (int(top), int(left))
        for top, left in hits
        if np.array_equal(screen[top : top + height, left : left + width], block)
    ]


def magnified(image: np.ndarray, scale: int) -> np.ndarray:
    return np.kron(image, np.ones((scale, scale, 1), np.uint8))


def place_of(screen: np.ndarray, image: np.ndarray, scale: int) -> tuple[int, int]:
    found = places(screen, magnified(image, scale))
    assert len(found) == 1
    return found[0]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]
