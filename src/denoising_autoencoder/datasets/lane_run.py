"""What one run left of one lane, found by what its scores were made from."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from kedro.io.core import AbstractVersionedDataset, DatasetError, Version
from kedro_datasets._typing import TablePreview

from denoising_autoencoder.artifacts.lineage import FILE_NAME, Lineage, read_lineage
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset, versions_in
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.images import UInt8Images

_TABLE, _VALUES = "pandas.CSVDataset", "json.JSONDataset"


@dataclass(frozen=True)
class LaneRun:
    """What one run left of one lane.

    Attributes:
        lane: Its name.
        version: Of its scores.
        others: All versions of the lane's scores.
        scores: A row for each test image.
        history: Of the losses.
        reconstructions: uint8, NHWC.
        originals: The test images: uint8, NHWC.
        originals_sha256: Which test images these are.
        image_info: Their name.
        noise_spec: What the inputs carried.
        parameters: All that it was made with, by block.
    """

    lane: str
    version: str
    others: tuple[str, ...]
    scores: pd.DataFrame
    history: pd.DataFrame
    reconstructions: UInt8Images
    originals: UInt8Images
    originals_sha256: str
    image_info: dict[str, Any]
    noise_spec: dict[str, Any]
    parameters: dict[str, Any]


class LaneRunDataset(AbstractVersionedDataset[None, LaneRun]):
    """Reads a version of a lane's scores, and all that it was made from.

    That may lie in versions of other names: who runs the reporting again makes new
    scores of an old model. What belongs together is found by content.

    Args:
        filepath: Of the scores, as the catalog's layout has it:
            `<folder of all artifacts>/<layer>/<lane>/scores.csv`.
        version: Set by Kedro.
        metadata: Free; kedro-viz reads its own key.
    """

    def __init__(
        self,
        *,
        filepath: str,
        version: Version,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            filepath=PurePosixPath(filepath),
            version=version,
            exists_function=lambda path: Path(path).exists(),
            glob_function=versions_in,
        )
        self.metadata = metadata

    def load(self) -> LaneRun:
        """Find everything.

        Raises:
            DatasetFileError: Something that the scores were made from is gone or
                damaged, or nothing says what they were made from.
        """
        path = self.path
        lane = path.parents[2].name
        own = read_lineage(path.with_name(FILE_NAME))
        if not own.inputs:
            raise DatasetFileError(
                f"{path} has no {FILE_NAME} that says what it was made from: compare "
                "versions that a run has saved."
            )
        kept = _Kept(path.parents[4], path)
        contents = own.contents()
        model = kept.file(f"{lane}_model", contents)
        noise = next(name for name in own.inputs if name.endswith("_spec"))
        return LaneRun(
            lane=lane,
            version=path.parent.name,
            others=tuple(self.list_versions(full_path=False)),
            scores=_load(path, _TABLE),
            history=_load(kept.beside(f"{lane}_history", model), _TABLE),
            reconstructions=_load(
                kept.file(f"{lane}_reconstructions", contents), ArrayDataset
            ),
            originals=_load(kept.file("raw_test_images", contents), ArrayDataset),
            originals_sha256=contents["raw_test_images"],
            image_info=_load(kept.file("image_info", contents), _VALUES),
            noise_spec=_load(kept.file(noise, contents), _VALUES),
            parameters=kept.parameters(own),
        )

    @property
    def path(self) -> Path:
        """The file of the scores."""
        return Path(self._get_load_path())

    def sha256(self) -> str:
        """Of the scores, as it was recorded when they were saved."""
        return read_lineage(self.path.with_name(FILE_NAME)).sha256

    def preview(self, nrows: int = 5) -> TablePreview:
        """The first scores, for kedro-viz.

        Args:
            nrows: How many rows.
        """
        scores = _load(self.path, _TABLE)
        return TablePreview(scores.head(nrows).to_dict(orient="split"))

    def save(self, data: None) -> None:  # noqa: ARG002, Kedro calls it so
        """Refuse: a lane's own datasets save it.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("A run is not saved as a whole.")

    def _exists(self) -> bool:
        try:
            return self.path.exists()
        except DatasetError:
            return False

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "version": self._version}


class _Kept:
    """All artifacts of a folder, by content and by version."""

    def __init__(self, root: Path, scores: Path) -> None:
        self._scores = scores
        self._found: dict[tuple[str, str], list[tuple[Path, Lineage]]] = {}
        for record in sorted(root.rglob(FILE_NAME)):
            folder = record.parent
            file = folder / folder.parent.name
            # Being saved by another run, or damaged: none of ours, or missed below.
            if folder.name.startswith(".") or not file.exists():
                continue
            with suppress(DatasetFileError):
                lineage = read_lineage(record)
                content = (lineage.dataset, lineage.sha256)
                self._found.setdefault(content, []).append((file, lineage))

    def file(self, name: str, contents: Mapping[str, str]) -> Path:
        """Where a content lies."""
        return self._made(name, contents.get(name, ""))[0]

    def beside(self, name: str, file: Path) -> Path:
        """What the node that made a file made besides, in the same run."""
        for (dataset, _), made in self._found.items():
            for other, _ in made:
                if dataset == name and other.parent.name == file.parent.name:
                    return other
        raise self._gone(name)

    def parameters(self, own: Lineage) -> dict[str, Any]:
        """Of everything that something was made from, and of itself."""
        found: dict[str, Any] = {}
        for name, sha256 in own.contents().items():
            if (name, sha256) in self._found:
                found |= self._made(name, sha256)[1].parameters
        return found

    def _made(self, name: str, sha256: str) -> tuple[Path, Lineage]:
        """Of the versions with one content the newest that the scores can be from."""
        made = self._found.get((name, sha256))
        if not made:
            raise self._gone(name)
        version = self._scores.parent.name
        before = [one for one in made if one[0].parent.name <= version]
        return (before or made)[-1]

    def _gone(self, name: str) -> DatasetFileError:
        return DatasetFileError(
            f"{self._scores} was made from a {name} that is gone: compare versions of "
            "which all is kept."
        )


def _load(path: Path, kind: Any) -> Any:
    """Read a version as the catalog does, which says what is damaged."""
    version = Version(path.parent.name, None)
    return AtomicDataset(
        filepath=path.parents[1].as_posix(), dataset={"type": kind}, version=version
    ).load()
