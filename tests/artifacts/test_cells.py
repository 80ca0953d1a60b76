"""Text in CSV is never a formula for a spreadsheet, and comes back as it was."""

from __future__ import annotations

import itertools
import re

import pytest

from denoising_autoencoder.artifacts.cells import escape, unescape


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+2", "'+1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+cmd", "'-1+cmd"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        # Where semicolons separate cells, the formula begins behind one.
        ("mine;=1", "mine;'=1"),
        # An empty cell is a missing value.
        ("", "'"),
        # What looks like an escape is told apart from one.
        ("'=1", "''=1"),
        ("'", "''"),
        # Ordinary text stays as it is, and so do numbers.
        ("'quoted' = 1", "'quoted' = 1"),
        ("CIFAR-10; small", "CIFAR-10; small"),
        ("-", "-"),
        ("-0.5", "-0.5"),
        ("-1e-05", "-1e-05"),
    ],
)
def test_text_that_would_be_a_formula_gets_an_apostrophe(text, cell):
    assert escape(text) == cell
    assert unescape(cell) == text


def test_every_short_text_comes_back_and_begins_no_formula():
    for length in range(6):
        for letters in itertools.product("'=;\t 1-", repeat=length):
            text = "".join(letters)
            cell = escape(text)
            assert unescape(cell) == text
            assert not re.search(r"(^|[;\t])[ ]*=", cell)
