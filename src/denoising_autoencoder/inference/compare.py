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

_BLOCK = 5
"""Side of the blocks whose means are compared, in pixels, where most noise is gone."""

_GAP, _LINE = 8, 20
"""Pixels between the halves, and of a line of the caption."""

Pixels = NDArray[Any]

Halves = tuple[Pixels, Pixels]
"""A region before and after: (height, width, 1 or 3), of any dtype."""


def busiest_halves(before: Pixels, after: Pixels) -> Halves:
    """Cut the busiest region out of a picture before and after.

    The region depends on the picture before only, so that calls with other settings
    show the same one.

    Args:
        before: (height, width, 1 or 3), of any dtype.
        after: The same, denoised.

    Returns:
        Copies of at most 400x400 pixels.
    """
    top, left = busiest_region(before, _SIDE)
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
    """The square with the largest sum of differences between neighbouring blocks.

    Args:
        pixels: (height, width, channels), noisy.
        side: Side of the square; the whole picture is smaller, or one is cut from it.

    Returns:
        Row and column of its upper left pixel, in steps of 50 from 0.
    """
    height, width = pixels.shape[:2]
    rows, columns = max(1, height // _STEP), max(1, width // _STEP)
    block = min(_BLOCK, height, width)
    in_cell = _STEP // block
    cells = np.zeros((rows, columns))
    for row in range(rows):  # in strips, since a picture may be as large as the memory
        strip = pixels[row * _STEP : (row + 1) * _STEP].astype(np.float32).mean(axis=2)
        strip = _block_means(strip, block)
        change = np.abs(np.diff(strip, axis=1, append=strip[:, -1:]))
        change += np.abs(np.diff(strip, axis=0, append=strip[-1:]))
        by_column = change.sum(axis=0)[: columns * in_cell]
        cells[row] = np.add.reduceat(by_column, range(0, by_column.size, in_cell))
    size = min(rows, side // _STEP), min(columns, side // _STEP)
    sums = np.lib.stride_tricks.sliding_window_view(cells, size).sum(axis=(2, 3))
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    return int(row) * _STEP, int(column) * _STEP


def _block_means(pixels: Pixels, block: int) -> NDArray[np.float32]:
    """Means of whole blocks of a grey image; the rest at two sides is left out."""
    rows, columns = pixels.shape[0] // block, pixels.shape[1] // block
    whole = pixels[: rows * block, : columns * block]
    means: NDArray[np.float32] = whole.reshape(rows, block, columns, block).mean((1, 3))
    return means


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
