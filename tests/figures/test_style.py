"""Styles of series, and lines of texts."""

from __future__ import annotations

import pytest
from matplotlib.textpath import TextPath

from denoising_autoencoder.figures.style import fit_label, series_styles, wrap_text


def test_series_differ_by_colour_and_also_without_colours():
    styles = series_styles(30)

    assert len(styles) == 30
    assert len({(style.color, style.dash) for style in styles}) == 30
    assert len({(style.color, style.marker) for style in styles}) == 30
    neighbours = [{style.dash for style in styles[n : n + 5]} for n in range(25)]
    assert {len(dashes) for dashes in neighbours} == {5}


def test_a_text_is_wrapped_but_not_inside_of_an_interval():
    text = "Gaussian noise, clamped to [-1, 1]"

    assert wrap_text(text, 5.0, 7) == text
    for inches in (1.5, 1.6, 1.7):
        lines = wrap_text(text, inches, 7).splitlines()
        assert len(lines) == 2
        assert lines[1].endswith("[-1, 1]")


@pytest.mark.parametrize("text", ["W" * 300, "i" * 300, "a few words " * 25])
def test_no_line_is_wider_than_its_room_and_both_ends_of_a_long_text_stay(text):
    lines = wrap_text(f"A{text}Z", 2.0, 7, lines=3).splitlines()

    widths = [TextPath((0, 0), line, size=7).get_extents().width for line in lines]
    assert max(widths) <= 2.0 * 72
    assert len(lines) == 3
    assert lines[0].startswith("A")
    assert lines[-1].endswith("Z")
    assert sum("…" in line for line in lines) == 1


def test_a_label_stays_in_one_line_while_it_fits():
    assert fit_label("noisy input", 0.7, 7, lines=3) == "noisy input"
    assert fit_label("noisy input", 0.4, 7, lines=3) == "noisy\ninput"
