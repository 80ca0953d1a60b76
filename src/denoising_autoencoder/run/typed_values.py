"""Values of `--params` that YAML reads as something else than what was typed."""

from __future__ import annotations

import re
from typing import Any

import click
from omegaconf import OmegaConf

_NUMBER = r"[-+]?(0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|0b[01_]+)"
"""Integers that mean the same to a person and to YAML 1.1."""


def refuse_misread_values(params: str) -> None:
    """Refuse a value whose text YAML 1.1 takes for another number or another text.

    `010` would be 8 (octal), `12:30` 750 (base 60), `cats #2` the text `cats` (the rest
    is a comment), and `a: b` a block.

    Args:
        params: What `--params` was given; Kedro has read it without an error.

    Raises:
        click.UsageError: A value is one of these.
    """
    for item in params.split(","):
        name, _, text = (part.strip() for part in item.partition("="))
        if not name:
            continue
        value = OmegaConf.to_container(OmegaConf.from_dotlist([f"value={text}"]))
        assert isinstance(value, dict)
        if not _is_what_was_typed(text, value["value"]):
            raise click.UsageError(
                f"--params: YAML reads {name}={text} as {value['value']!r}. Write a "
                "number without leading zeros and colons, and put a text in quotes, "
                f"\"{name}='{text}'\", or into a file of --config."
            )


def _is_what_was_typed(text: str, value: Any) -> bool:
    if isinstance(value, str):
        return value == text or text[0] in "'\""
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return re.fullmatch(_NUMBER, text) is not None
    if isinstance(value, float):
        return ":" not in text and not re.match("[-+]?0[0-9_]", text)
    return text[0] in "[{"
