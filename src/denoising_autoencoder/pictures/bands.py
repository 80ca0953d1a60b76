"""Pillow's images from and to arrays, some rows at a time.

Pillow holds 4 bytes for each RGB pixel, and makes further copies of a whole image where
it becomes an array. So images are taken apart and put together in bands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from denoising_autoencoder.pictures.kind import Page, Samples

if TYPE_CHECKING:
    from PIL import Image

_AT_ONCE = 2**20
"""Number of pixels of a band."""


def bands(width: int, height: int) -> Iterator[slice]:
    """Rows that are worked on together, from above.

    Args:
        width: Pixels in a row.
        height: Rows.
    """
    rows = max(1, _AT_ONCE // width)
    for top in range(0, height, rows):
        yield slice(top, min(height, top + rows))


def from_pillow(image: Image.Image) -> Page:
    """The pixels of a loaded image.

    Args:
        image: Image of the mode L, LA, RGB or RGBA.
    """
    width, height = image.size
    mode = image.mode
    color = np.empty((height, width, len(mode.removesuffix("A"))), np.uint8)
    alpha = np.empty((height, width), np.uint8) if mode.endswith("A") else None
    for rows in bands(width, height):
        band = np.asarray(image.crop((0, rows.start, width, rows.stop)))
        band = band.reshape(-1, width, len(mode))
        color[rows] = band[..., : color.shape[2]]
        if alpha is not None:
            alpha[rows] = band[..., -1]
    return Page(color, alpha)


def to_pillow(page: Page) -> Image.Image:
    """An image of the mode L, LA, RGB or RGBA.

    Args:
        page: uint8 pixels.
    """
    from PIL import Image

    height, width, channels = page.color.shape
    mode = ("L" if channels == 1 else "RGB") + ("" if page.alpha is None else "A")
    image = Image.new(mode, (width, height))
    for rows in bands(width, height):
        band = interleaved(page, rows)
        image.paste(
            Image.fromarray(band[..., 0] if mode == "L" else band), (0, rows.start)
        )
    return image


def interleaved(page: Page, rows: slice) -> Samples:
    """Some rows of a page, contiguous, with alpha as the last channel.

    Args:
        page: The pixels.
        rows: The rows to take.

    Returns:
        (rows, width, channels).
    """
    if page.alpha is None:
        return np.ascontiguousarray(page.color[rows])
    return np.concatenate([page.color[rows], page.alpha[rows, :, None]], axis=2)
