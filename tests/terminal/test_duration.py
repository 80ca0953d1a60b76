from __future__ import annotations

import pytest

from denoising_autoencoder.terminal.duration import about, precisely


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "about 5 s"),
        (22, "about 20 s"),
        (89, "about 90 s"),
        (91, "about 2 min"),
        (170, "about 3 min"),
        (599, "about 10 min"),
        (640, "about 10 min"),
        (773, "about 15 min"),
        (5300, "about 90 min"),
        (5401, "about 1.5 h"),
        (7200, "about 2 h"),
        (100_000, "about 28 h"),
        (300_000, "about 3 days"),
        (1e9, "about 11,574 days"),
    ],
)
def test_an_estimate_is_rounded_to_what_it_is_worth(seconds, words):
    assert about(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.00042, "0.42 ms"),
        (0.0042, "4.2 ms"),
        (0.0994, "99 ms"),
        (0.0999, "0.1 s"),
        (0.45, "0.45 s"),
        (3.14, "3.1 s"),
        (123.4, "123 s"),
    ],
)
def test_a_measured_duration_has_two_digits(seconds, words):
    assert precisely(seconds) == words
