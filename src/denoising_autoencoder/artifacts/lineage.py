"""Which artifacts belong together: what each was made from, by content.

Beside the file of every version lies a `lineage.json`. It names contents (SHA-256) and
never versions or times, so that a rerun that gives the same bytes is never taken for
something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from denoising_autoencoder.errors import DatasetFileError

FILE_NAME = "lineage.json"


@dataclass(frozen=True)
class Lineage:
    """What made the content of a file.

    Attributes:
        dataset: Its name in the catalog; empty if it was not saved by a run.
        node: What made it; empty if it was not saved by a run.
        parameters: Those that the node read, by name.
        inputs: SHA-256 of each dataset that the node read, by name.
        ancestors: SHA-256 of what these were made from, all the way back.
        siblings: Names of what the node made besides.
        sha256: Of the file itself, hexadecimal.
    """

    dataset: str = ""
    node: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    ancestors: Mapping[str, str] = field(default_factory=dict)
    siblings: tuple[str, ...] = ()
    sha256: str = ""

    def contents(self) -> dict[str, str]:
        """SHA-256 of itself, if a run saved it, and of all that it was made from."""
        own = {self.dataset: self.sha256} if self.dataset else {}
        return {**self.ancestors, **self.inputs, **own}

    def to_json(self) -> str:
        """JSON, the same for equal lineages."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Lineage:
        """Read what `to_json` gave; fields of a later release are left alone.

        Raises:
            ValueError: It is something else.
        """
        found = json.loads(text)
        expected = json.loads(cls().to_json())
        if not isinstance(found, dict) or any(
            type(found.get(name)) is not type(value) for name, value in expected.items()
        ):
            raise ValueError("There is a field that is missing or of another type.")
        known = {name: found[name] for name in expected}
        return cls(**{**known, "siblings": tuple(known["siblings"])})


def leaves(
    parameters: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Dotted names and values of nested parameters."""
    for key, value in parameters.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def read_lineage(record: Path) -> Lineage:
    """Read a `lineage.json`.

    Returns:
        What it says; an empty lineage if there is no such file.

    Raises:
        DatasetFileError: It is damaged.
    """
    try:
        return Lineage.from_json(record.read_text())
    except FileNotFoundError:
        return Lineage()
    except (ValueError, IsADirectoryError) as error:
        raise DatasetFileError(
            f"{record} is damaged: delete the folder of this version, and run again "
            "what makes it."
        ) from error


@dataclass(frozen=True)
class Artifact:
    """One version of a dataset, as a run would read it.

    Attributes:
        dataset: Its name in the catalog.
        version: Of Kedro.
        lineage: What made it.
        beside: SHA-256 of what its node made in the same run, by dataset.
    """

    dataset: str
    version: str
    lineage: Lineage
    beside: Mapping[str, str] = field(default_factory=dict)

    def contents(self) -> dict[str, str]:
        """SHA-256 of itself and of all that it was made from, by dataset."""
        return {**self.lineage.contents(), self.dataset: self.lineage.sha256}


@dataclass(frozen=True)
class Clash:
    """Two artifacts that do not belong together.

    Attributes:
        older: The one of the earlier version.
        newer: The other.
        dataset: What they disagree about.
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


def find_clash(artifacts: Iterable[Artifact]) -> Clash | None:
    """Find two artifacts that were made from different contents of one dataset.

    What an artifact's node made beside it counts too: a loss history does not belong to
    the model of another training, though neither was made from the other.
    """
    for first, second in combinations(artifacts, 2):
        dataset = _disagreement(first, second)
        if dataset is None:
            dataset = _disagreement(second, first)
        if dataset is not None:
            older, newer = sorted((first, second), key=lambda one: one.version)
            return Clash(older, newer, dataset)
    return None


def choose_versions(
    candidates: Mapping[str, Sequence[Artifact]],
) -> dict[str, Artifact] | None:
    """Choose one version of each dataset so that all belong together.

    What has gone longest without a new version decides, since the others have to step
    back to it: its versions are tried, newest first, and each of the others takes the
    newest version that agrees with those before it.

    Args:
        candidates: For each dataset, its versions, newest first.

    Returns:
        The choice, or None if that way finds none.
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
    return find_clash([first, second]) is None


def _disagreement(first: Artifact, second: Artifact) -> str | None:
    """A dataset of which the first knows another content than the second is made of."""
    made_of = second.contents()
    known = {**first.beside, **first.contents()}
    for dataset, sha256 in known.items():
        if made_of.get(dataset, sha256) != sha256:
            return dataset
    return None
