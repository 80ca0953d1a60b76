"""The recipe that a tuning chose, and how it becomes the recipe of a training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from denoising_autoencoder.artifacts.lineage import flatten, value_in_words
from denoising_autoencoder.errors import DatasetFileError, ParameterError
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.validation import Block

OWN = "own"
"""Name of the lane's own recipe among the candidates."""

_NOT_TAKEN = LaneParameters.without_effect | {
    *("network", "options", "seed", "device", "precision", "validation_interval")
}
"""Fields that a training does not take from the tuning. Options are merged one by one;
the others say where, with which seed and how closely watched a training runs."""


class Candidate(Block):
    """What the confirmation says of one recipe.

    Attributes:
        recipe: "own", or the trial, such as "trial 7".
        mean: Mean score over the folds and repetitions; null if a training diverged.
        difference: How much better than the lane's own recipe, in the unit of the
            objective: positive is better, for MSE too. Null for the own recipe.
        low: Lower end of the interval of the difference; null if there is none.
        high: Upper end of the interval.
        p_value: p-value of the difference, times the number of candidates.
        values: Value of each tuned parameter, by dotted name.
    """

    recipe: str
    mean: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    values: dict[str, Any] = Field(default={})

    def is_better(self) -> bool:
        """Whether the interval of the difference is above 0."""
        return self.low is not None and self.low > 0


class TunedRecipe(Block):
    """The choice of a tuning, and what it was chosen with.

    Attributes:
        lane: Name of the lane.
        recipe: "own", or the trial that was chosen.
        objective: What the scores are: psnr (in dB) or mse.
        tuned: Dotted names of the tuned parameters.
        values: Every parameter of the chosen recipe that has an effect.
        candidates: The own recipe, and those that were confirmed beside it.
        study: Name of the study.
        images_sha256: SHA-256 of the training images (`array_sha256`).
        noise: Specification of the noise of the inputs.
        code: SHA-256 of the code of the training, by part of the package.
    """

    lane: str
    recipe: str
    objective: Literal["psnr", "mse"]
    tuned: list[str]
    values: dict[str, Any]
    candidates: list[Candidate] = Field(min_length=1)
    study: str
    images_sha256: str
    noise: dict[str, Any]
    code: dict[str, str]

    @property
    def options(self) -> dict[str, Any]:
        """The network's options of the chosen recipe."""
        return dict(self.values["options"])

    def chosen(self) -> Candidate:
        """What the confirmation says of the chosen recipe."""
        return self.candidate(self.recipe)

    def candidate(self, name: str) -> Candidate:
        """What it says of one of the candidates, by its name."""
        return next(found for found in self.candidates if found.recipe == name)


def read_tuned_recipe(content: Any, where: str) -> TunedRecipe:
    """Check what a file of a tuned recipe holds.

    Args:
        content: What JSON gave.
        where: Name of the file, for the error.

    Raises:
        DatasetFileError: It is something else.
    """
    try:
        found = TunedRecipe.model_validate(content)
        found.chosen()
        LaneParameters.model_validate(
            {**found.values, "title": "-", "checkpoint_seconds": 1.0, "threads": "auto"}
        )
    except (ValidationError, StopIteration) as error:
        raise DatasetFileError(
            f"{where} is damaged or not a tuned recipe: delete the folder of this "
            "version, and tune again."
        ) from error
    return found


def merge(
    tuned: TunedRecipe, own: LaneParameters, given: Mapping[str, Any]
) -> LaneParameters:
    """A lane's block with the values of a tuning.

    Args:
        tuned: The tuned recipe of the lane.
        own: The block of the configuration and the command line.
        given: The part of the block that the command line gives; it wins.

    Returns:
        The block to train with. Seed, device, threads, precision and the intervals are
        those of `own`.

    Raises:
        ParameterError: The recipe was tuned for another network, or with other options
            that were not tuned.
    """
    _refuse_another_network(tuned, own, given)
    of_options = given.get("options") or {}
    changes = {
        name: value
        for name, value in tuned.values.items()
        if name not in _NOT_TAKEN and name not in given
    }
    options = {name: own.options[name] for name in of_options}
    changes["options"] = {**own.options, **tuned.options, **options}
    return LaneParameters.model_validate({**own.model_dump(), **changes})


def _refuse_another_network(
    tuned: TunedRecipe, own: LaneParameters, given: Mapping[str, Any]
) -> None:
    lane, network = tuned.lane, tuned.values["network"]
    way = f"set {lane}.recipe=own, or tune again by --pipelines=tuning"
    if network != own.network:
        raise ParameterError(
            f"{lane}.network is {own.network}, but {lane} was tuned with the network "
            f"{network}: {way}."
        )
    chosen = {f"options.{name}" for name in given.get("options") or {}} | {*tuned.tuned}
    for name, value in own.options.items():
        if f"options.{name}" not in chosen and tuned.options.get(name, value) != value:
            raise ParameterError(
                f"{lane}.options.{name} is {value_in_words(value)}, but {lane} was "
                f"tuned with {value_in_words(tuned.options[name])}: {way}."
            )


def describe_origins(
    tuned: TunedRecipe,
    own: LaneParameters,
    given: Mapping[str, Any],
    merged: LaneParameters,
) -> list[str]:
    """Say in lines for the log where each value of a merged block comes from.

    Args:
        tuned: The tuned recipe.
        own: The block of the configuration and the command line.
        given: The part of the block that the command line gives.
        merged: What `merge` made of them.
    """
    before, after = (
        dict(flatten(block.model_dump(mode="json"))) for block in (own, merged)
    )
    chosen = dict(flatten(tuned.values))
    typed = [name for name, _ in flatten(given) if name in after and name != "recipe"]
    taken = [name for name in after if after[name] != before.get(name)]
    from_tuning = (_valued(name, after, own=before.get(name)) for name in taken)
    from_user = (_valued(name, after, tuned=chosen.get(name)) for name in typed)
    groups = {"the tuning": from_tuning, "the command line": from_user}
    lines = [f"  from {source}: {', '.join(names)}" for source, names in groups.items()]
    return [line for line in lines if not line.endswith(": ")] + [
        "  from the configuration: all others"
    ]


def _valued(name: str, values: Mapping[str, Any], **others: Any) -> str:
    """A name with its value, and the value of the other origin if that differs."""
    ((origin, other),) = others.items()
    text = f"{name} {value_in_words(values[name])}"
    if other == values[name]:
        return text
    return f"{text} ({origin}: {value_in_words(other)})"


def array_sha256(array: npt.NDArray[Any]) -> str:
    """The SHA-256 of the type, the shape and every value of an array.

    Args:
        array: Of any numbers; may be memory-mapped.
    """
    digest = hashlib.sha256(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
