"""Writes docs/parameters.md from the models that check the parameters: `make docs`.

Names, values and meanings come from the pydantic models. Defaults come from conf/base
or, for what that does not name, from the models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from denoising_autoencoder.lanes import LANES
from denoising_autoencoder.networks.table import NETWORKS, options_of
from denoising_autoencoder.parameters import Parameters
from denoising_autoencoder.parameters.blocks import LARGEST_SEED

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs/parameters.md"

_INTRODUCTION = """\
# Parameters

<!-- Written by docs/tools/parameters.py from the models: `make docs`. -->

Every parameter, its values, its default and its meaning. The defaults are in
`conf/base/parameters_*.yml`, those of `data_root`, `verify` and `compared_lane`
in `conf/base/globals.yml`. Your own values go into files of the same names in
`conf/local/`; for one run, use `--params=noise.std=0.1,dae.steps=20000`. `--params`
cannot take lists, because Kedro splits it at commas: use a file. All parameters are
checked before any work."""

_BOUNDS = {
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "up to",
    "exclusiveMaximum": "and below",
}
_TYPES = {"null": "`null`", "string": "text", "object": "names and values"}
_MANY_DIGITS = 7
_OWN = "each its own"

Schema = Mapping[str, Any]
"""JSON Schema, of a model or of one of its fields."""


class Row(NamedTuple):
    """A parameter.

    Attributes:
        name: Dotted name.
        field: Its schema.
    """

    name: str
    field: Schema


def render() -> str:
    """The page, as Markdown."""
    whole = Parameters.model_json_schema()
    lanes = [lane.name for lane in LANES]
    configured = _read_configuration()
    defaults = {"default": configured}
    single, parts = [], []
    for name, field in whole["properties"].items():
        models = _models(field, whole)
        if not models:
            single.append(Row(name, field))
        elif name not in lanes:
            parts.append(f"## `{name}`")
            for model in models:
                parts += [_about(model), _table(_rows(model, whole, name), defaults)]
    (lane,) = _models(whole["properties"][lanes[0]], whole)
    parts = [
        *(_INTRODUCTION, "## A run", _table(single, defaults), *parts),
        "## The lanes",
        f"{_about(lane)} A name begins with the lane: `{lanes[0]}.steps`.",
        _table(_rows(lane, whole), _columns({one: configured[one] for one in lanes})),
        "## Options of the networks",
        "A lane's `options` are those of its network that differ from these defaults.",
    ]
    for name in NETWORKS:
        model = options_of(name).model_json_schema()
        table = _table(_rows(model, model, "options"), {"default": {}})
        parts += [f"### `network: {name}`", _about(model), table]
    return "\n\n".join(parts) + "\n"


def _columns(lanes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the lanes: one for those that differ in title and options only."""
    groups: list[tuple[list[str], Any]] = []
    for name, block in lanes.items():
        recipe = {key: block[key] for key in block if key not in ("title", "options")}
        for names, found in groups:
            if found == recipe:
                names.append(name)
                break
        else:
            groups.append(([name], recipe))
    columns = {}
    for names, _ in groups:
        own = {} if len(names) == 1 else {"title": _OWN, "options": _OWN}
        title = ", ".join(map(_code, names))
        columns[title] = {**lanes[names[0]], **own}
    return columns


def _read_configuration() -> dict[str, Any]:
    """All that conf/base sets."""
    merged: dict[str, Any] = {}
    for pattern in ("globals.yml", "parameters*.yml"):
        for file in (PROJECT / "conf/base").glob(pattern):
            merged |= yaml.safe_load(file.read_text())
    return merged


def _rows(model: Schema, whole: Schema, prefix: str = "") -> Iterator[Row]:
    """The parameters of a block and of the blocks in it."""
    for key, field in model["properties"].items():
        name = f"{prefix}.{key}" if prefix else key
        models = _models(field, whole)
        for below in models:
            yield from _rows(below, whole, name)
        if not models:
            yield Row(name, field)


def _models(field: Schema, whole: Schema) -> list[Schema]:
    """The blocks that a field may hold: none for a plain value, several for a union."""
    names = [one["$ref"].split("/")[-1] for one in _choices(field) if "$ref" in one]
    return [whole["$defs"][name] for name in names]


def _choices(field: Schema) -> Sequence[Schema]:
    return field.get("anyOf") or field.get("oneOf") or [field]


def _table(rows: Iterator[Row] | list[Row], columns: Mapping[str, Any]) -> str:
    """A table.

    Args:
        rows: The parameters.
        columns: The configuration for each column of defaults, by its title.
    """
    lines = [["parameter", "values", *columns, "meaning"], ["---"] * (3 + len(columns))]
    for name, field in rows:
        values = " or ".join(map(_values, _choices(field)))
        defaults = [_default(name, field, found) for found in columns.values()]
        lines.append([_code(name), values, *defaults, field["description"]])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _default(name: str, field: Schema, configured: Any) -> str:
    """A parameter's default; a dash for one that must be given."""
    for key in name.split("."):
        if not isinstance(configured, Mapping) or key not in configured:
            return _code(field["default"]) if "default" in field else "-"
        configured = configured[key]
    return _code(configured)


def _values(field: Schema) -> str:
    """The values that a field takes, in words."""
    if "const" in field or "enum" in field:
        return ", ".join(map(_code, field.get("enum") or [field["const"]]))
    if field["type"] == "boolean":
        return "`true`, `false`"
    if field["type"] == "array":
        count = ""
        if "maxItems" in field:
            count = f"{field.get('minItems', 0)} to {field['maxItems']}: "
        return f"list of {count}{_values(field['items'])}"
    bounds = [
        f" {_BOUNDS[key]} {_number(field[key])}" for key in _BOUNDS if key in field
    ]
    kind: str = field["type"]
    return _TYPES.get(kind, kind) + "".join(bounds)


def _number(number: float) -> str:
    digits = f"{number:.15g}"
    if number == LARGEST_SEED:
        return "2^64 - 1"
    is_power = digits.strip("0") == "1" and len(digits) >= _MANY_DIGITS
    return f"10^{len(digits) - 1}" if is_power else digits


def _code(value: Any) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _about(model: Schema) -> str:
    """The first paragraph of a model's docstring."""
    return " ".join(model["description"].split("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(render())
