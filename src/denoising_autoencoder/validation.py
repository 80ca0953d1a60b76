"""What pydantic finds wrong with a configuration, in words of the configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_LONGEST = 60
"""Characters of a wrong value that a message repeats."""

_LEFT = {
    "ema_half_life": "left in 0.2: it was 0 in every recipe and gained nothing "
    "(docs/ablation.md): remove it"
}
"""Parameters of earlier releases that a user's configuration may still name."""


def explain(error: ErrorDetails, root: type[BaseModel]) -> str:
    """Name a parameter, its value, and what would be right.

    Args:
        error: One of those of a `ValidationError`.
        root: The model that was to be made of the configuration: fields, and blocks of
            fields.

    Returns:
        One line without a full stop.
    """
    location, kind = error["loc"], error["type"]
    name = _dotted(location) or "the configuration"
    if kind in ("extra_forbidden", "invalid_key"):
        if location[-1] in _LEFT:
            return f"{name} {_LEFT[str(location[-1])]}"
        return f"unknown parameter {name} ({_hint(location, root)})"
    if kind == "missing":
        return f"parameter {name} is missing: add it to the configuration"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "model_type":
        message = f"input should be a block of {', '.join(_fields(location, root))}"
    else:
        message = error["msg"][0].lower() + error["msg"][1:]
    return f"{name} = {_shown(error['input'])}: {message}"


def _dotted(location: Sequence[int | str]) -> str:
    parts = (str(part) for part in location)
    return ".".join(part if part.isprintable() else repr(part) for part in parts)


def _hint(location: Sequence[int | str], root: type[BaseModel]) -> str:
    """What an unknown name may have been meant to be."""
    *block, name = (str(part) for part in location)
    known = _fields(block, root)
    near = get_close_matches(name.lower(), known, n=1)
    near = near or [
        field for field in _all_fields(root) if field.split(".")[-1] == name
    ]
    return (
        f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    )


def _all_fields(root: type[BaseModel]) -> Iterator[str]:
    """The dotted names of all parameters."""
    for name, field in root.model_fields.items():
        block = field.annotation
        if isinstance(block, type) and issubclass(block, BaseModel):
            yield from (f"{name}.{leaf}" for leaf in block.model_fields)
        else:
            yield name


def _fields(location: Sequence[int | str], root: type[BaseModel]) -> list[str]:
    """Names of the fields of the block that the location leads to."""
    block: Any = root
    for part in location:
        block = block.model_fields[part].annotation
        # Of a block that may be null, the block.
        block = next((one for one in get_args(block) if one is not NoneType), block)
    return list(block.model_fields)


def _shown(value: Any) -> str:
    """A value as YAML or Python writes it, cut where it is long."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    try:
        text = repr(value)
    except ValueError:  # Python writes out no number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
