"""A recipe with some of its values changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.validation import explain

_OPTIONS = "options."


def apply_changes(recipe: LaneParameters, changes: Mapping[str, Any]) -> LaneParameters:
    """Change some values of a recipe, and check it as if it had been configured.

    Args:
        recipe: Recipe of a lane.
        changes: New values by name: "learning_rate", or "options.width".

    Raises:
        ParameterError: A name is unknown, or a value is out of its bounds.
    """
    values = recipe.model_dump()
    for name, value in changes.items():
        block, key = values, name
        if name.startswith(_OPTIONS):
            block, key = values["options"], name.removeprefix(_OPTIONS)
        block[key] = value
    try:
        return LaneParameters.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        texts = [explain(problem, LaneParameters) for problem in problems]
        raise ParameterError(f"{'; '.join(texts)}.") from error


def value_of(recipe: LaneParameters, name: str) -> Any:
    """The value of a recipe that a dotted name names, as JSON can hold it.

    Args:
        recipe: Recipe of a lane.
        name: "learning_rate", or "options.width".

    Raises:
        KeyError: There is no such value.
    """
    values = recipe.model_dump(mode="json")
    if name.startswith(_OPTIONS):
        return values["options"][name.removeprefix(_OPTIONS)]
    return values[name]
