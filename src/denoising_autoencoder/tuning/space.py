"""The values that a search may choose, checked against the lane's own bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.networks.table import options_of
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import Searched
from denoising_autoencoder.tuning.changes import apply_changes, value_of

if TYPE_CHECKING:
    from optuna import Trial

_NOT_TUNED = {
    "title": "it changes no result",
    "recipe": "it changes no result",
    "checkpoint_seconds": "it changes no result",
    "validation_interval": "it changes no result",
    "threads": "it changes no result",
    "device": "it says where a training runs",
    "network": "each network has options of its own: tune one lane for each",
    "precision": "it trades exactness for speed, which no score shows",
    "seed": "the best of many seeds is luck, which does not last",
    "steps": "more steps always help: tuning.steps sets them",
    "epochs": "more steps always help: tuning.steps sets them",
    "options.channels": "the images decide it",
}
"""Why some parameters of a lane cannot be tuned."""

Plain = bool | int | float | str | None
"""What a database of Optuna and a table can hold."""


@dataclass(frozen=True)
class Space:
    """The parameters to tune, and their values.

    Attributes:
        searched: The values by dotted name.
        integers: Names of the ranges that are of whole numbers.
    """

    searched: Mapping[str, Searched]
    integers: frozenset[str]

    @classmethod
    def of(
        cls, searched: Mapping[str, Searched], own: LaneParameters, lane: str
    ) -> Space:
        """Check a space before any work, with both ends of each range and each choice.

        Args:
            searched: The values by dotted name.
            own: The lane's own recipe, which has to lie in the space.
            lane: Name of the lane.

        Raises:
            ParameterError: A name is unknown or cannot be tuned, a value is out of the
                lane's bounds, or the lane's own value is not in the space.
        """
        kinds = {name: _kinds(name, own) for name in searched}
        for name, values in searched.items():
            _refuse_what_is_not_tuned(name, own)
            _refuse_a_range_of_others(name, values, kinds[name])
            for value in _extremes(values):
                _changed(own, name, value)
            _refuse_own_value_outside(name, values, value_of(own, name), lane)
        ranges = (name for name, values in searched.items() if values.choices is None)
        return cls(
            searched, frozenset(name for name in ranges if "number" not in kinds[name])
        )

    def suggest(self, trial: Trial) -> dict[str, Any]:
        """Let Optuna choose a value of each parameter.

        Args:
            trial: Trial that has begun.

        Returns:
            The values by dotted name, as `apply_changes` takes them.
        """
        return {name: self._suggest(trial, name) for name in self.searched}

    def _suggest(self, trial: Trial, name: str) -> Any:
        values = self.searched[name]
        if values.choices is not None:
            plain = trial.suggest_categorical(name, list(map(as_plain, values.choices)))
            return _choice(values.choices, plain)
        low, high = values.bounds
        if name in self.integers:
            return trial.suggest_int(name, low, high, log=values.log)
        return trial.suggest_float(name, low, high, log=values.log)

    def extreme_recipes(self, own: LaneParameters) -> Iterator[LaneParameters]:
        """The lane's own recipe with each end of each range, and each choice."""
        for name, values in self.searched.items():
            for value in _extremes(values):
                yield _changed(own, name, value)

    def own_values(self, own: LaneParameters) -> dict[str, Plain]:
        """The values of the lane's own recipe, as Optuna has them."""
        return {name: as_plain(value_of(own, name)) for name in self.searched}


def changes_of_row(
    row: Mapping[Any, Any], searched: Mapping[str, Searched]
) -> dict[str, Any]:
    """The tuned values of a row of `tuning_trials`, as `apply_changes` takes them.

    Args:
        row: Cells by column; a table in CSV has made floats of whole numbers.
        searched: `TuningParameters.space`.
    """
    return {name: _of_cell(row[name], values) for name, values in searched.items()}


def as_plain(value: Any) -> Plain:
    """A value as a database and a table can hold it: a list as JSON text."""
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def _of_cell(cell: Any, values: Searched) -> Any:
    missing = cell is None or cell != cell
    if values.choices is not None:
        return _choice(values.choices, None if missing else cell)
    value = float(cell)
    whole = isinstance(values.low, int) and isinstance(values.high, int)
    return int(value) if whole and value.is_integer() else value


def _choice(choices: list[Any], plain: Plain) -> Any:
    return next(choice for choice in choices if as_plain(choice) == plain)


def _extremes(values: Searched) -> list[Any]:
    if values.choices is not None:
        return values.choices
    return [values.low, values.high]


def _kinds(name: str, own: LaneParameters) -> set[str]:
    """The types of JSON that a parameter may have, such as "integer".

    Raises:
        ParameterError: There is no such parameter.
    """
    fields = _fields(own)
    if name not in fields:
        near = get_close_matches(name, fields, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(fields)}"
        raise ParameterError(
            f"tuning.space: network {own.network} has no parameter {name} ({hint}): "
            "correct it, or set it to null to leave it out."
        )
    field = fields[name]
    return {str(kind.get("type")) for kind in field.get("anyOf", [field])}


def _fields(own: LaneParameters) -> dict[str, Any]:
    """The schema of each parameter of a lane, by dotted name."""
    fields = dict(LaneParameters.model_json_schema()["properties"])
    del fields["options"]
    options = options_of(own.network).model_json_schema()["properties"]
    return fields | {f"options.{name}": field for name, field in options.items()}


def _refuse_what_is_not_tuned(name: str, own: LaneParameters) -> None:
    if name in _NOT_TUNED:
        raise ParameterError(
            f"tuning.space.{name} cannot be tuned, since {_NOT_TUNED[name]}; tune "
            f"others of: {', '.join(_names(own))}."
        )


def _names(own: LaneParameters) -> Iterator[str]:
    return (name for name in _fields(own) if name not in _NOT_TUNED)


def _refuse_a_range_of_others(name: str, values: Searched, kinds: set[str]) -> None:
    if values.choices is not None:
        return
    if not kinds & {"integer", "number"}:
        raise ParameterError(
            f"tuning.space.{name} is not a number: give choices instead of low and "
            "high."
        )
    if "number" not in kinds and not (
        isinstance(values.low, int) and isinstance(values.high, int)
    ):
        raise ParameterError(
            f"tuning.space.{name} takes whole numbers: give low and high as such."
        )


def _changed(own: LaneParameters, name: str, value: Any) -> LaneParameters:
    try:
        return apply_changes(own, {name: value})
    except ParameterError as error:
        raise ParameterError(f"tuning.space: {error}") from error


def _refuse_own_value_outside(name: str, values: Searched, own: Any, lane: str) -> None:
    if values.choices is not None:
        inside = as_plain(own) in map(as_plain, values.choices)
        what = f"choices = {values.choices}"
    else:
        inside = own is not None and values.low <= own <= values.high
        what = f"low = {values.low} to high = {values.high}"
    if not inside:
        raise ParameterError(
            f"tuning.space.{name} leaves out {lane}.{name} = {own}, with which the "
            f"search begins: {what} has to include it."
        )
