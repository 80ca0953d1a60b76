"""Names in any script: drawn where a font has them, readable where none has."""

from __future__ import annotations

import pytest
from matplotlib.text import Text

from denoising_autoencoder.figures import as_pdf, as_png, fonts, rendering
from denoising_autoencoder.figures.fonts import drawable, font_families
from tests.figures.examples import examples
from tests.figures.screens import render

ONLY_STIX = "\u2985"
"""A bracket that STIX has, which comes with Matplotlib, but DejaVu Sans has not."""


@pytest.fixture
def installed(monkeypatch):
    """Let only some of the families that come with Matplotlib be known."""

    def know(*families: str) -> None:
        monkeypatch.setattr(fonts, "_OTHERS", families)
        for function in (fonts.font_families, rendering._settings):
            function.cache_clear()

    monkeypatch.setattr(fonts, "_warned", type(fonts._warned)())
    know()
    yield know
    monkeypatch.undo()
    for function in (fonts.font_families, rendering._settings):
        function.cache_clear()


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Ångström, Ελλάδα, صور, שלום, ✓", "Ångström, Ελλάδα, صور, שלום, ✓"),
        ("two\nlines", "two\nlines"),
        ("my 猫の photo", "my <U+732B U+306E> photo"),
        ("\U0001d49c", "<U+1D49C>"),
        ("e\u0301te\u0301", "été"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_a_character_without_a_font_becomes_its_number(installed, text, drawn):
    assert drawable(text) == drawn


def test_one_warning_names_what_cannot_be_shown(installed, caplog):
    for kind in ("image_rows", "psnr_histogram"):
        as_png(examples("猫の", "犬")[kind]())

    (warning,) = caplog.messages
    assert warning == (
        "No font for 猫 (U+732B), の (U+306E): figures show such characters as "
        "numbers. Install a font of Noto Sans that has them, or take other names."
    )


@pytest.mark.parametrize(
    "name", [r"_$\frac$", pytest.param("W" * 300, marks=pytest.mark.slow)]
)
def test_every_figure_shows_any_name_without_a_word_of_matplotlib(installed, name):
    start = drawable(name)[:3]

    for kind, draw in examples(f"of {name}", name).items():
        figure = draw()
        render(figure)  # a warning would be an error
        texts = [text.get_text() for text in figure.findobj(Text)]
        assert any(text.startswith(start) for text in texts), kind


def test_a_font_that_is_installed_is_taken_for_what_the_first_one_lacks(installed):
    lacking = drawable(ONLY_STIX)
    installed("No Such Font", "STIXGeneral")

    assert lacking == "<U+2985>"
    assert font_families() == ("DejaVu Sans", "STIXGeneral")
    assert drawable(ONLY_STIX) == ONLY_STIX
    figure = examples("photographs", ONLY_STIX)["psnr_histogram"]()
    as_png(figure)  # a glyph that is missing would be a warning
    # Outlines of any kind are drawn so; only TrueType's can be embedded otherwise.
    assert b"/Subtype /Type3" in as_pdf(figure)


def test_fonts_for_other_scripts_change_nothing_for_latin_names(installed):
    draw = examples("photographs", "DAE")["psnr_histogram"]
    expected = as_png(draw()), as_pdf(draw())

    installed("STIXGeneral", "DejaVu Serif")

    assert (as_png(draw()), as_pdf(draw())) == expected
    assert b"/FontFile2" in expected[1]
