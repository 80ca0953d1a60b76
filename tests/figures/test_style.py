"""Styles of series, and lines of texts."""

from __future__ import annotations

from denoising_autoencoder.figures.style import series_styles, wrap_text


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
