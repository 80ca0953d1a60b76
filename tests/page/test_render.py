"""The page of a run: it needs no other file, and markup in texts is escaped."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from denoising_autoencoder.figures import image_as_png
from denoising_autoencoder.page import Comparison, Picture, Section, Table, render_page

VOID = {"meta", "img", "input", "br", "link"}


class Outline(HTMLParser):
    """Elements and texts of a page; checks that elements are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def texts_in(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def image_in(source: str) -> np.ndarray:
    """The pixels of a data URI."""
    kind, _, content = source.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content, validate=True))) as image:
        return np.asarray(image)


FIGURE, BEFORE, AFTER = np.random.default_rng(0).integers(
    0, 256, (3, 8, 6, 3), np.uint8
)

SECTIONS = [
    Section("data", "Data", ["Ten images.", "Clamped."]),
    Section(
        "denoising",
        "Denoising",
        pictures=[Picture(image_as_png(FIGURE), "what it shows", "what it says")],
        comparisons=[
            Comparison(
                "Image 1",
                image_as_png(BEFORE),
                image_as_png(AFTER),
                "noisy",
                "DAE, 25.0 dB",
            )
        ],
        tables=[Table("Scores", ["model", "PSNR"], [["AE", "30"], ["DAE", "25"]])],
        code={"Parameters": "seed: 0\n"},
    ),
]


def test_sections_stand_in_their_order_under_numbered_headings_that_links_lead_to():
    outline = Outline(render_page("Run", "What came of it.", SECTIONS))

    assert outline.open == []
    assert outline.texts_in("h1") == ["Run"]
    assert outline.texts_in("h2") == ["1. Data", "2. Denoising"]
    assert [link["href"] for link in outline.of("a")] == ["#data", "#denoising"]
    assert [part["id"] for part in outline.of("section")] == ["data", "denoising"]
    texts = [text for _, text in outline.texts]
    assert texts.index("Ten images.") < texts.index("Clamped.") < texts.index("Scores")


def test_pictures_are_in_the_page_with_words_for_those_who_do_not_see_them():
    outline = Outline(render_page("Run", "Lead.", SECTIONS))

    picture, before, after = outline.of("img")
    np.testing.assert_array_equal(image_in(picture["src"]), FIGURE)
    np.testing.assert_array_equal(image_in(before["src"]), BEFORE)
    np.testing.assert_array_equal(image_in(after["src"]), AFTER)
    assert picture["alt"] == "what it shows"
    assert (picture["width"], picture["height"]) == ("3", "4")
    assert before["alt"] == "Image 1, noisy"
    assert after["alt"] == "Image 1, DAE, 25.0 dB"
    assert "what it says" in outline.texts_in("figcaption")


def test_a_table_has_a_caption_and_headings_on_both_sides():
    outline = Outline(render_page("Run", "Lead.", SECTIONS))

    assert outline.texts_in("caption") == ["Scores"]
    assert outline.texts_in("th") == ["model", "PSNR", "AE", "DAE"]
    assert outline.texts_in("td") == ["30", "25"]
    assert [cell["scope"] for cell in outline.of("th")] == ["col", "col", "row", "row"]


def test_code_stands_as_it_is():
    outline = Outline(render_page("Run", "Lead.", SECTIONS))

    assert outline.texts_in("pre") == ["seed: 0"]


def test_the_page_asks_for_nothing_outside_itself():
    page = render_page("Run", "Lead.", SECTIONS)

    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    outline = Outline(page)
    assert outline.of("link") == []
    assert [script for script in outline.of("script") if "src" in script] == []
    assert "url(" not in page
    assert "@import" not in page


EVIL = "</title></script><b onload='x'>&amp;\"{{ 1 }} 猫 صور"


def test_names_of_a_user_are_texts_and_no_markup():
    png = image_as_png(FIGURE)
    section = Section(
        "data",
        EVIL,
        [EVIL],
        [Table(EVIL, [EVIL], [[EVIL]])],
        [Picture(png, EVIL, EVIL)],
        [Comparison(EVIL, png, png, EVIL, EVIL)],
        {EVIL: EVIL},
    )

    page = render_page(EVIL, EVIL, [section])

    outline = Outline(page)
    plain = Outline(render_page("name", "name", SECTIONS))
    names = {name for _, attributes in plain.elements for name in attributes}
    assert {name for _, attributes in outline.elements for name in attributes} <= names
    assert {tag for tag, _ in outline.elements} <= {tag for tag, _ in plain.elements}
    for tag in ("title", "h1", "caption", "pre", "h3"):
        assert outline.texts_in(tag) == [EVIL]
    assert [image["alt"] for image in outline.of("img")] == [
        EVIL, f"{EVIL}, {EVIL}", f"{EVIL}, {EVIL}",
    ]  # fmt: skip
    assert outline.of("figure")[1]["data-name"] == EVIL
    assert outline.of("pre")[0]["aria-label"] == EVIL


def test_a_browser_is_told_the_encoding_before_any_name():
    head, _, _ = render_page(EVIL, "Lead.", []).partition("<title>")

    assert '<meta charset="utf-8">' in head
    assert len(head) < 1_024  # where browsers look for it
