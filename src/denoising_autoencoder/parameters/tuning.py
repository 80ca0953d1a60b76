"""The block of parameters_tuning.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, Field

from denoising_autoencoder.lanes import lanes_of
from denoising_autoencoder.parameters.blocks import Line
from denoising_autoencoder.validation import Block

_LARGEST_SEED = 2**32 - 1
"""The largest seed of scikit-learn, which makes the folds."""

_SERVER = re.compile(
    r"postgresql(\+psycopg)?://(?P<user>[^:@/?#]+@)?[^@/?#]*/[^@/?#]+(\?[^@#]*)?"
)
"""The address of a database: no password has room in it."""


class Searched(Block):
    """The values of a parameter that the search may choose: a range, or a list."""

    low: float | int | None = Field(default=None, description="Smallest value.")
    high: float | int | None = Field(default=None, description="Largest value.")
    log: bool = Field(
        default=False,
        description="Whether the range is searched on a logarithmic scale.",
    )
    choices: list[Any] | None = Field(
        default=None, description="All values, instead of a range."
    )

    @property
    def bounds(self) -> tuple[Any, Any]:
        """Both ends of a range, which are of one type."""
        return self.low, self.high


def _by_dotted_name(space: Any) -> Any:
    """Give each parameter a dotted name; null leaves one out.

    A lane's `options` are a block, so that they may be written as one here.
    """
    if not isinstance(space, dict):
        return space
    return dict(_flat(space, ""))


def _flat(block: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in block.items():
        name = f"{prefix}{key}"
        is_one = (
            isinstance(value, dict) and value.keys() <= Searched.model_fields.keys()
        )
        if isinstance(value, Searched) or (is_one and value):
            yield name, value
        elif isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif value is not None:
            raise ValueError(
                f"tuning.space.{name} = {value!r}: input should be a block of low and "
                "high, with log if you like, or of choices"
            )


def _values_to_choose_from(space: dict[str, Searched]) -> dict[str, Searched]:
    if not space:
        raise ValueError("tuning.space is empty: name a parameter to tune")
    for name, searched in space.items():
        problem = _problem(searched)
        if problem:
            raise ValueError(f"tuning.space.{name}: {problem}")
    return space


def _problem(searched: Searched) -> str | None:
    """What is wrong with the values of a parameter, if anything is."""
    low, high, choices = searched.low, searched.high, searched.choices
    if choices is not None:
        if low is not None or high is not None or searched.log:
            return "give either choices, or low and high"
        if len({repr(choice) for choice in choices}) < max(2, len(choices)):
            return f"choices = {choices}: give two or more, each once"
        return None
    if low is None or high is None:
        return "give low and high, or choices"
    if low >= high:
        return f"low = {low} is not below high = {high}: the range would be empty"
    if searched.log and low <= 0:
        return f"low = {low}: a logarithmic range begins above 0"
    return None


def _without_password(storage: str | None) -> str | None:
    """Refuse what is not the address of a server, without repeating it.

    It may hold a password, which must not stand in a log, a lineage or a printed
    command.
    """
    if storage is None:
        return None
    authority, at, _ = storage.partition("://")[2].rpartition("@")
    if (at and ":" in authority) or "password" in unquote(storage).lower():
        raise ValueError(
            "tuning.storage holds a password, which logs and lineages would repeat: "
            "leave it out, and give it by ~/.pgpass or the environment variable "
            "PGPASSWORD, which PostgreSQL's library reads"
        )
    if not _SERVER.fullmatch(storage):
        raise ValueError(
            "tuning.storage: input should be null, or the address of a PostgreSQL "
            "database as postgresql://user@host:5432/database"
        )
    return storage


class ConfirmParameters(Block):
    """How the best trials are trained again, to choose between them and the lane's."""

    best: int = Field(
        ge=1, le=100, description="Number of trials that are trained again."
    )
    repeats: int = Field(
        ge=1, le=100, description="Number of trainings of each on each fold."
    )


class JudgeParameters(Block):
    """How the choice is judged on the test images."""

    seeds: int = Field(
        ge=2, le=1000, description="Number of trainings of each recipe, by their seeds."
    )


class TuningParameters(Block):
    """How a better recipe of a lane is searched for by cross-validation."""

    without_effect: ClassVar[frozenset[str]] = frozenset(
        {"trials", "seconds", "workers", "storage", "confirm", "judge"}
    )
    """Fields that do not change what a trial of the search gives."""

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """What is done with the objective."""
        return "maximize" if self.objective == "psnr" else "minimize"

    lane: Literal[tuple(lane.name for lane in lanes_of("denoise"))] = Field(  # type: ignore[valid-type]
        description="Lane whose recipe is tuned."
    )
    folds: int = Field(ge=2, le=100, description="Number of folds.")
    trials: int = Field(
        ge=1,
        le=100_000,
        description="Number of trials of the whole study, in however many runs.",
    )
    seconds: float | None = Field(
        gt=0,
        description="Seconds of this run after which no trial begins; null: no limit.",
    )
    steps: int = Field(
        ge=1,
        le=10**9,
        description="Optimizer steps of a training on one fold, by the lane's recipe.",
    )
    equal_work: bool = Field(
        strict=True,
        description="Whether the other trainings take the steps that make as many "
        "operations as the lane's recipe makes, or all take the same steps.",
    )
    objective: Literal["psnr", "mse"] = Field(
        description="What is tuned: the mean PSNR of the images that a fold holds out, "
        "or their MSE."
    )
    pruner: Literal["wilcoxon", "median", "none"] = Field(
        description="How bad trials are ended early: median: below the median of the "
        "others, also within the first fold; wilcoxon: by a test over the folds."
    )
    seed: int = Field(
        ge=0, le=_LARGEST_SEED, description="Seed of the folds and of all trainings."
    )
    workers: int = Field(
        ge=1,
        le=1024,
        description="Number of processes, which share the cores.",
    )
    storage: Annotated[Line | None, AfterValidator(_without_password)] = Field(
        description="Database of the study, postgresql://user@host/database without a "
        "password; null: a file of SQLite in data_root."
    )
    space: Annotated[
        dict[str, Searched],
        BeforeValidator(_by_dotted_name),
        AfterValidator(_values_to_choose_from),
    ] = Field(
        description="The parameters to tune, as in the lane's block: low and high, "
        "with log, or choices; null leaves one out."
    )
    confirm: ConfirmParameters
    judge: JudgeParameters
