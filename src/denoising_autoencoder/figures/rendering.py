"""Figures as PNG and PDF, independent of how Matplotlib is configured.

Matplotlib has one configuration for the whole process. A user's matplotlibrc or
notebook may set anything in it (resolution, fonts, TeX), and some of it counts when a
figure is drawn, some when it is saved. So both happen in `house_style`.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context, rcParams, rcParamsDefault
from matplotlib.figure import Figure
from matplotlib.text import Text

from denoising_autoencoder.figures.fonts import font_families, in_first_font
from denoising_autoencoder.images import to_rgb

_one_at_a_time = threading.RLock()


@contextmanager
def house_style() -> Iterator[None]:
    """Give Matplotlib's whole configuration the values of this project.

    They are Matplotlib's own defaults and a few of ours. The user's are restored at the
    end. Only one thread at a time is inside, because the threads of a run would change
    the configuration for each other. It is a context manager and a decorator.
    """
    with _one_at_a_time, rc_context(_settings()):
        yield


@house_style()
def as_png(figure: Figure) -> bytes:
    """A figure as PNG; equal figures give equal bytes.

    It also serves a notebook: IPython shows nothing for a figure without axes, such as
    rows of images.
    """
    file = io.BytesIO()
    # Without the name and version of the program that wrote it.
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


@house_style()
def as_pdf(figure: Figure) -> bytes:
    """A figure as PDF, for print; equal figures give equal bytes."""
    file = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    texts = [text.get_text() for text in figure.findobj(Text)]
    # TrueType: letters that can be searched and edited. Fonts of other scripts often
    # have other outlines, which Matplotlib would embed as if they were TrueType.
    rcParams["pdf.fonttype"] = 42 if all(map(in_first_font, texts)) else 3
    figure.savefig(file, format="pdf", metadata=nothing)
    return file.getvalue()


def image_as_png(image: npt.NDArray[np.uint8]) -> bytes:
    """An image as PNG, pixel by pixel.

    Args:
        image: uint8, (height, width, 1 or 3).
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(to_rgb(image))).save(file, "PNG")
    return file.getvalue()


@cache
def _settings() -> Any:  # Matplotlib's type is a dictionary of 300 literal keys
    return {
        # The backend draws nothing here, and rc_context would not restore it.
        **{key: rcParamsDefault[key] for key in rcParamsDefault if key != "backend"},
        "font.family": [*font_families()],
        # No formulas: a dollar sign in a user's name for images is a dollar sign.
        "text.parse_math": False,
    }
