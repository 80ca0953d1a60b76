"""From sections of words, tables and pictures to one page of HTML.

The page is whole in itself: styles and pictures are in it, it needs no network, and its
few lines of script only turn a pair of pictures into one with a slider.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import jinja2
import numpy as np
import numpy.typing as npt

_TEMPLATES = jinja2.PackageLoader("denoising_autoencoder", "page")


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes:
        png: Its bytes.
        alt: What it shows, for those who do not see it.
        caption: Stands below it.
    """

    png: bytes
    alt: str
    caption: str


@dataclass(frozen=True)
class Table:
    """Rows of texts.

    Attributes:
        caption: Stands above it.
        columns: Their names; the first names the rows.
        rows: As many texts each as there are columns.
        names: So many columns, from the left, hold names, and the others numbers.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int = 1


@dataclass(frozen=True)
class Comparison:
    """An image before and after, under a slider where scripts run.

    Attributes:
        name: Of the image.
        before: uint8, (height, width, 3).
        after: Of the same shape.
        before_label: What it is, with its PSNR.
        after_label: The same of the other.
    """

    name: str
    before: npt.NDArray[np.uint8]
    after: npt.NDArray[np.uint8]
    before_label: str
    after_label: str


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        anchor: Its name in a link: letters and dashes.
        title: Its heading.
        text: Paragraphs.
        tables: Below the text.
        pictures: Below the tables.
        comparisons: Below the pictures.
        code: Set as it is, below all, by what it is called.
    """

    anchor: str
    title: str
    text: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    comparisons: Sequence[Comparison] = ()
    tables: Sequence[Table] = ()
    code: Mapping[str, str] = field(default_factory=dict)


def render_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Set a page.

    Args:
        title: Its heading.
        lead: The first paragraph: what was done, on what, and what came of it.
        sections: In their order.

    Returns:
        HTML, in which no text of the arguments is taken for markup.
    """
    environment = jinja2.Environment(
        loader=_TEMPLATES,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["data_uri"] = _data_uri
    environment.filters["as_png"] = _as_png
    environment.filters["half_width"] = lambda png: _half(png, 16)
    environment.filters["half_height"] = lambda png: _half(png, 20)
    template = environment.get_template("page.html.jinja")
    return template.render(title=title, lead=lead, sections=sections)


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _half(png: bytes, place: int) -> int:
    """Half the pixels of a side: one of a fine screen for each, or half of one.

    At any other size a browser would blend the pixels of the images in a figure.

    Args:
        png: Of the figure.
        place: Of the side's length in its header, IHDR.
    """
    return int.from_bytes(png[place : place + 4], "big") // 2


def _as_png(image: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()
