"""A picture before and after, at 1:1, where there is most to see."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIDE = 400
"""Pixels of the region, at most."""

_STEP = 50
"""Pixels between the regions that are tried."""

_GAP, _LINE = 8, 20
"""Pixels between the halves, and of a line of the caption."""

Pixels = NDArray[Any]

Halves = tuple[Pixels, Pixels]
"""A region before and after: (height, width, 1 or 3), of any dtype."""


def busiest_halves(before: Pixels, after: Pixels) -> Halves:
    """Cut the busiest region out of a picture before and after.

    Args:
        before: (height, width, 1 or 3), of any dtype.
        after: The same, denoised.

    Returns:
        Copies of at most 400x400 pixels.
    """
    top, left = busiest_region(after, _SIDE)
    region = np.s_[top : top + _SIDE, left : left + _SIDE]
    return np.array(before[region]), np.array(after[region])


def comparison(
    both: Halves, value_range: tuple[float, float], caption: list[str]
) -> bytes:
    """Draw a region before and after, side by side, as the bytes of a PNG.

    Args:
        both: The region before and after.
        value_range: Values that are black and white.
        caption: Lines below the pictures.
    """
    from PIL import Image, ImageDraw, ImageFont

    halves = [_as_bytes(pixels, value_range) for pixels in both]
    height, width = halves[0].shape[:2]
    lines = ["before | after", *caption]
    font = ImageFont.truetype(_font_file(), 12)
    room = max(2 * width + _GAP, *(int(font.getlength(line)) + 8 for line in lines))
    sheet = Image.new("RGB", (room, height + _LINE * len(lines)), "white")
    for number, half in enumerate(halves):
        sheet.paste(Image.fromarray(half), (number * (width + _GAP), 0))
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        draw.text((4, height + _LINE * number + 3), line, fill="black", font=font)
    file = io.BytesIO()
    sheet.save(file, format="PNG")
    return file.getvalue()


def busiest_region(pixels: Pixels, side: int) -> tuple[int, int]:
    """The square with the largest sum of differences between neighbouring pixels.

    Args:
        pixels: (height, width, channels), denoised: noise would look busy too.
        side: Side of the square; the whole picture is smaller, or one is cut from it.

    Returns:
        Row and column of its upper left pixel, in steps of 50 from 0.
    """
    height, width = pixels.shape[:2]
    rows, columns = max(1, height // _STEP), max(1, width // _STEP)
    cells = np.zeros((rows, columns))
    for row in range(rows):  # in strips, since a picture may be as large as the memory
        strip = pixels[row * _STEP : (row + 1) * _STEP].astype(np.float32).mean(axis=2)
        change = np.abs(np.diff(strip, axis=1, append=strip[:, -1:]))
        change += np.abs(np.diff(strip, axis=0, append=strip[-1:]))
        by_column = change.sum(axis=0)[: columns * _STEP]
        cells[row] = np.add.reduceat(by_column, range(0, by_column.size, _STEP))
    size = min(rows, side // _STEP), min(columns, side // _STEP)
    sums = np.lib.stride_tricks.sliding_window_view(cells, size).sum(axis=(2, 3))
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    return int(row) * _STEP, int(column) * _STEP


def _as_bytes(pixels: Pixels, value_range: tuple[float, float]) -> NDArray[np.uint8]:
    """RGB in 8 bits, as a screen shows it."""
    low, high = value_range
    share = (pixels.astype(np.float64) - low) / (high - low)
    levels = np.rint(255 * share.clip(0, 1)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(levels, (*levels.shape[:2], 3)))


def _font_file() -> Path:
    """The font of Matplotlib: Pillow's own lacks most letters."""
    import matplotlib as mpl

    return Path(mpl.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
