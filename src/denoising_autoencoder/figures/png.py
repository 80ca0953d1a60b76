"""Figures and images as PNG."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure


def as_png(figure: Figure) -> bytes:
    """A figure as PNG; equal figures give equal bytes.

    It also serves a notebook: IPython shows nothing for a figure without axes, such as
    rows of images.
    """
    file = io.BytesIO()
    # Without the name and version of the program that wrote it.
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def image_as_png(image: npt.NDArray[np.uint8]) -> bytes:
    """An image as PNG, pixel by pixel.

    Args:
        image: uint8, (height, width, 3).
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()
