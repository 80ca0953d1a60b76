"""Blocks of parameters, and what pydantic finds wrong with them in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict
from pydantic_core import ErrorDetails

LONGEST_TITLE = 255
"""Characters of a name in tables and titles, at most: as in the name of a file."""

_LONGEST = 60
"""Characters of a wrong value that a message repeats."""

_LEFT = {
    "ema_half_life": "left in 0.2: it was 0 in every recipe and gained nothing "
    "(docs/ablation.md): remove it"
}
"""Parameters of earlier releases that a user's configuration may still name."""


class Block(BaseModel):
    """A block of parameters: nothing unknown, no conversion, no infinities."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, strict=True
    )


def explain(error: ErrorDetails, root: type[BaseModel]) -> str:
    """Name a parameter, its value, and what would be right.

    Args:
        error: One of the errors of a `ValidationError`.
        root: Model that the configuration should have become: fields, and blocks of
            fields.

    Returns:
        One line without a full stop.
    """
    names, _ = _resolve(error["loc"], root)
    kind, name = error["type"], _dotted(names) or "the configuration"
    if kind in ("extra_forbidden", "invalid_key"):
        if error["loc"][-1] in _LEFT:
            return f"{name} {_LEFT[str(error['loc'][-1])]}"
        return f"unknown parameter {name} ({_hint(error['loc'], root)})"
    if kind == "missing":
        return f"parameter {name} is missing: add it to the configuration"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "union_tag_not_found":
        key = error["ctx"]["discriminator"].strip("'")
        return f"parameter {name}.{key} is missing: add it to the configuration"
    if kind == "union_tag_invalid":
        key, context = error["ctx"]["discriminator"].strip("'"), error["ctx"]
        expected = " or ".join(context["expected_tags"].split(", "))
        return f"{name}.{key} = {_shown(context['tag'])}: input should be {expected}"
    # The second one is for a block of several kinds.
    if kind in ("model_type", "model_attributes_type"):
        message = f"input should be a block of {', '.join(_fields(error['loc'], root))}"
    else:
        message = error["msg"][0].lower() + error["msg"][1:]
    return f"{name} = {_shown(error['input'])}: {message}"


def _dotted(names: Sequence[int | str]) -> str:
    parts = (str(name) for name in names)
    return ".".join(part if part.isprintable() else repr(part) for part in parts)


def _hint(location: Sequence[int | str], root: type[BaseModel]) -> str:
    """What an unknown name may have been meant to be."""
    *block, name = (str(part) for part in location)
    names, _ = _resolve(location, root)
    known = _fields(block, root)
    near = [
        _dotted([*names[:-1], field])
        for field in get_close_matches(name.lower(), known, n=1)
    ]
    if near:
        return f"did you mean {near[0]}?"
    elsewhere = [
        field
        for field in dict.fromkeys(_all_fields(root))
        # Another kind of the same block may have the field.
        if field.split(".")[-1] == name and field != _dotted(names)
    ]
    parts = [f"did you mean {' or '.join(elsewhere)}?"] if elsewhere else []
    if block or not elsewhere:
        parts.append(f"known: {', '.join(known)}")
    return " ".join(parts)


def _all_fields(root: type[BaseModel]) -> Iterator[str]:
    """The dotted names of all parameters."""
    for name, field in root.model_fields.items():
        blocks = _blocks(field.annotation)
        for block in blocks:
            yield from (f"{name}.{inner}" for inner in block.model_fields)
        if not blocks:
            yield name


def _fields(location: Sequence[int | str], root: type[BaseModel]) -> list[str]:
    """Names of the fields of the block that the location leads to."""
    _, blocks = _resolve(location, root)
    return list(dict.fromkeys(name for block in blocks for name in block.model_fields))


def _resolve(
    location: Sequence[int | str], root: type[BaseModel]
) -> tuple[list[int | str], list[type[BaseModel]]]:
    """The names that a user writes for a location, and the blocks that it leads to.

    Where a field may be one of several blocks, pydantic puts the kind of the block into
    the location; a user does not write it.
    """
    names: list[int | str] = []
    blocks = [root]
    for part in location:
        if len(blocks) > 1:
            blocks = [block for block in blocks if part in _kinds(block)]
            continue
        names.append(part)
        field = blocks[0].model_fields.get(str(part)) if blocks else None
        blocks = _blocks(field.annotation) if field else []
    return names, blocks


def _blocks(annotation: Any) -> list[type[BaseModel]]:
    """The models among the types that a field may have."""
    options = [one for one in get_args(annotation) if one is not NoneType]
    return [
        option
        for option in options or [annotation]
        if isinstance(option, type) and issubclass(option, BaseModel)
    ]


def _kinds(block: type[BaseModel]) -> tuple[Any, ...]:
    """The values of `kind` that a block stands for."""
    return get_args(block.model_fields["kind"].annotation)


def _shown(value: Any) -> str:
    """A value as YAML or Python writes it, cut if it is long."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    try:
        text = repr(value)
    except ValueError:  # Python writes out no number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
