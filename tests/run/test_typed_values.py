"""What YAML would silently read as something else is refused."""

from __future__ import annotations

import click
import pytest

from denoising_autoencoder.run.typed_values import refuse_misread_values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("010", "8"), ("-010", "-8"), ("07e2", "700.0"), ("12:30", "750")),
        *(("1:30.5", "90.5"), ("cats #2", "'cats'"), ("&a cats", "'cats'")),
        *(("/a: b.npz", "{'/a': 'b.npz'}"), ("- a", "['a']")),
    ],
)
def test_another_value_than_what_was_typed_is_refused(text, value):
    with pytest.raises(click.UsageError) as caught:
        refuse_misread_values(f"noise.std=0.1,images.name={text}")

    assert f"YAML reads images.name={text} as {value}." in caught.value.message
    assert f"\"images.name='{text}'\"" in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-7", "1_000", "0x10", "0.1", ".5", "1e-3", "true", "null", "", "a:b"),
        *("2026-01-02", "08", "'010'", '"cats #2"', "[0.1]", "{kind: gaussian}"),
    ],
)
def test_what_means_what_it_says_is_accepted(text):
    refuse_misread_values(f"seed=3, images.name = {text}")
