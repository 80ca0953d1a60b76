"""Which artifacts belong together: what each was made from, by content.

Next to the file of every version is a `lineage.json`. It names contents (SHA-256) and
never versions or times, so that a rerun that gives the same bytes counts as the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from denoising_autoencoder.artifacts.reading import read_regular
from denoising_autoencoder.errors import DatasetFileError

FILE_NAME = "lineage.json"

TUNED_RECIPE = "tuned_recipe"
"""Name of the dataset that holds what a tuning chose."""

LARGEST = 2**20
"""Bytes that a record may have: a hundred times those of the largest."""


@dataclass(frozen=True)
class Lineage:
    """What made the content of a file.

    Attributes:
        dataset: Name in the catalog; empty if no run saved the file.
        node: Node that made the file; empty if no run saved it.
        parameters: Parameters that the node read, by name.
        inputs: SHA-256 of each dataset that the node read, by name.
        ancestors: SHA-256 of everything that the inputs were made from, by name.
        siblings: Names of the node's other outputs.
        sha256: SHA-256 of the file, hexadecimal; empty if it is not recorded.
        size: Number of bytes of the file; None if a release recorded none.
        other_forms: SHA-256 of each file that shows the same in another form, by name.
    """

    dataset: str = ""
    node: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    ancestors: Mapping[str, str] = field(default_factory=dict)
    siblings: tuple[str, ...] = ()
    sha256: str = ""
    size: int | None = None
    other_forms: Mapping[str, str] = field(default_factory=dict)

    def contents(self) -> dict[str, str]:
        """SHA-256 of the file, if a run saved it, and of all that it was made from."""
        own = {self.dataset: self.sha256} if self.dataset else {}
        return {**self.ancestors, **self.inputs, **own}

    def to_json(self) -> str:
        """JSON, the same for equal lineages."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Lineage:
        """Read what `to_json` gave; fields of a later release are ignored.

        Raises:
            ValueError: The text is something else.
        """
        return cls(**dict(_Record.model_validate_json(text)))


_Text = Annotated[str, Field(max_length=500)]
_Hashes = dict[_Text, _Text]
_FileName = Annotated[str, Field(max_length=255, pattern=r"^[^/\\\x00]*[^/\\\x00.]$")]


class _Record(BaseModel):
    """What a `lineage.json` must hold. Pydantic refuses JSON that is too deep."""

    model_config = ConfigDict(strict=True)

    dataset: _Text
    node: _Text
    parameters: dict[str, Any]
    inputs: _Hashes
    ancestors: _Hashes
    siblings: tuple[_Text, ...]
    sha256: _Text
    size: int | None = Field(default=None, ge=0)
    other_forms: dict[_FileName, _Text] = Field(default_factory=dict)


def tuned_recipe_of(lane: str) -> str:
    """Under which name the lineage of a lane's model has the recipe that it came from.

    Each lane has a name of its own: lanes that belong together may have been tuned one
    by one.
    """
    return f"{lane}_{TUNED_RECIPE}"


def flatten(
    parameters: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Dotted names and values of nested parameters."""
    for key, value in parameters.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def value_in_words(value: Any) -> str:
    """A parameter's value for people: JSON, or "not set" for None.

    JSON's null would come back from a CSV file as NaN.
    """
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)


def read_lineage(record: Path) -> Lineage:
    """Read a `lineage.json`.

    Returns:
        The lineage; an empty one if the file does not exist.

    Raises:
        DatasetFileError: The file is damaged.
    """
    try:
        return Lineage.from_json(read_regular(record, LARGEST))
    except FileNotFoundError:
        return Lineage()
    except ValueError as error:  # pydantic's too
        raise DatasetFileError(
            f"{record} is damaged: delete the folder of this version, and run again "
            "what makes it."
        ) from error
    except OSError as error:
        raise DatasetFileError(
            f"{record} cannot be read ({error.strerror}): give access to it, or delete "
            "the folder of this version, and run again what makes it."
        ) from error


def records(record: Path, sha256: str) -> bool:
    """Whether a `lineage.json` records a content; quick, as a save may ask thousands.

    Args:
        record: File to look into. The answer is no if it is damaged or cannot be read.
        sha256: SHA-256 of the content.
    """
    try:
        text = read_regular(record, LARGEST)
        return sha256.encode() in text and Lineage.from_json(text).sha256 == sha256
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class Artifact:
    """One version of a dataset, as a run would read it.

    Attributes:
        dataset: Name in the catalog.
        version: Version, as Kedro names it.
        lineage: What made the version.
        siblings: SHA-256 of the other outputs of its node in the same run, by dataset.
    """

    dataset: str
    version: str
    lineage: Lineage
    siblings: Mapping[str, str] = field(default_factory=dict)

    def contents(self) -> dict[str, str]:
        """SHA-256 of the artifact and of all that it was made from, by dataset."""
        return {**self.lineage.contents(), self.dataset: self.lineage.sha256}


@dataclass(frozen=True)
class Conflict:
    """Two artifacts that do not belong together.

    Attributes:
        older: Artifact with the earlier version.
        newer: The other artifact.
        dataset: Dataset of which they have different contents.
    """

    older: Artifact
    newer: Artifact
    dataset: str

    def __str__(self) -> str:
        return (
            f"{self.older.dataset} of {self.older.version} and {self.newer.dataset} of "
            f"{self.newer.version} do not belong together, since they come from "
            f"different contents of {self.dataset}"
        )


def find_conflict(artifacts: Iterable[Artifact]) -> Conflict | None:
    """Find two artifacts that were made from different contents of one dataset.

    The other outputs of an artifact's node count too: a loss history does not belong to
    the model of another training, though neither was made from the other.
    """
    for first, second in combinations(artifacts, 2):
        dataset = _disagreement(first, second)
        if dataset is None:
            dataset = _disagreement(second, first)
        if dataset is not None:
            older, newer = sorted((first, second), key=lambda one: one.version)
            return Conflict(older, newer, dataset)
    return None


def choose_versions(
    candidates: Mapping[str, Sequence[Artifact]],
) -> dict[str, Artifact] | None:
    """Choose one version of each dataset so that all belong together.

    The dataset that has been without a new version for longest decides, since the
    others have to go back to it: its versions are tried, newest first, and each of the
    others takes the newest version that agrees with those chosen before.

    Args:
        candidates: Versions of each dataset, newest first.

    Returns:
        The choice; None if there is none.
    """
    stale, *others = sorted(candidates, key=lambda name: candidates[name][0].version)
    for first in candidates[stale]:
        chosen = {stale: first}
        for name in others:
            for artifact in candidates[name]:
                if all(_agree(artifact, one) for one in chosen.values()):
                    chosen[name] = artifact
                    break
        if len(chosen) == len(candidates):
            return chosen
    return None


def _agree(first: Artifact, second: Artifact) -> bool:
    return find_conflict([first, second]) is None


def _disagreement(first: Artifact, second: Artifact) -> str | None:
    """A dataset of which the first has other content than the second was made from."""
    made_of = second.contents()
    known = {**first.siblings, **first.contents()}
    for dataset, sha256 in known.items():
        if made_of.get(dataset, sha256) != sha256:
            return dataset
    return None
