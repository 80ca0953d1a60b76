"""Sections of text, tables and pictures become one page of HTML.

The page needs no other file and no network: styles and pictures are in it. Its few
lines of script only turn each pair of images into one with a slider.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import jinja2

_TEMPLATES = jinja2.PackageLoader("denoising_autoencoder", "page")

_WIDTH_AT, _HEIGHT_AT = 16, 20
"""Where the header of a PNG (IHDR) has its width and its height, in bytes."""


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes:
        png: The figure as PNG.
        alt: Description for those who cannot see it.
        caption: Text below the figure.
    """

    png: bytes
    alt: str
    caption: str


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        caption: Text above the table.
        columns: Names of the columns; the first column names the rows.
        rows: Texts of each row, one for each column.
        names: Number of columns, from the left, that are aligned as names; the others
            are aligned as numbers.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int = 1


@dataclass(frozen=True)
class Comparison:
    """An image before and after; with scripts, one with a slider.

    Attributes:
        name: Name of the image.
        before: PNG.
        after: PNG of the same size.
        before_label: Text for the image before, with its PSNR.
        after_label: Text for the image after, with its PSNR.
    """

    name: str
    before: bytes
    after: bytes
    before_label: str
    after_label: str


@dataclass(frozen=True)
class Section:
    """A part of the page. It shows, from above: text, tables, pictures, the rest.

    Attributes:
        anchor: Name of the section in links: letters and dashes.
        title: Heading.
        text: Paragraphs.
        tables: Tables.
        pictures: Figures.
        comparisons: Images before and after.
        code: Preformatted texts, by heading.
    """

    anchor: str
    title: str
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    comparisons: Sequence[Comparison] = ()
    code: Mapping[str, str] = field(default_factory=dict)

    def is_empty(self) -> bool:
        """Whether the section has nothing but a heading."""
        content = self.text, self.tables, self.pictures, self.comparisons, self.code
        return not any(content)


def render_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Render a page.

    Args:
        title: Heading of the page.
        lead: First paragraph: what was done, with which images, and the result.
        sections: Sections in their order.

    Returns:
        HTML. Markup in the arguments is escaped.
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
    environment.filters["half_width"] = lambda png: _half(png, _WIDTH_AT)
    environment.filters["half_height"] = lambda png: _half(png, _HEIGHT_AT)
    template = environment.get_template("page.html.jinja")
    return template.render(title=title, lead=lead, sections=sections)


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _half(png: bytes, at: int) -> int:
    """Half the length of a side in pixels.

    A screen of high resolution then shows each pixel of the figure as one of its own,
    another screen shows two by two as one. Any other size would blur the pixels of
    images in the figure.

    Args:
        png: The figure as PNG.
        at: Position of the side's length in the header, in bytes.
    """
    return int.from_bytes(png[at : at + 4], "big") // 2
