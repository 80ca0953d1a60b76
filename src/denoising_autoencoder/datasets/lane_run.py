"""The scores of one run of a lane, with the parameters that they were made with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from kedro.io.core import AbstractVersionedDataset, DatasetError, Version
from kedro_datasets._typing import TablePreview

from denoising_autoencoder.artifacts.integrity import Verify
from denoising_autoencoder.artifacts.lineage import (
    FILE_NAME,
    Lineage,
    read_lineage,
    tuned_recipe_of,
)
from denoising_autoencoder.artifacts.stores import store_of
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.table import TableDataset
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.evaluation.metrics import highest_psnr

_NEEDED = {"raw_test_images", "image_info"}
"""What the scores must have been made from."""


@dataclass(frozen=True)
class LaneRun:
    """What is compared of one run of a lane.

    Attributes:
        lane: Name of the lane.
        version: Version of the scores.
        others: All versions of the lane's scores.
        scores: A row for each test image.
        images: Name of the images.
        originals_sha256: Hash of the test images.
        parameters: Parameters of everything that the scores were made from, by block.
    """

    lane: str
    version: str
    others: tuple[str, ...]
    scores: pd.DataFrame
    images: str
    originals_sha256: str
    parameters: dict[str, Any]


class LaneRunDataset(AbstractVersionedDataset[None, LaneRun]):
    """Reads a version of a lane's scores, and the parameters that they were made with.

    The artifacts that the scores were made from may have other versions: who runs
    reporting again makes new scores of an old model. They are found by content.

    Args:
        filepath: Path of the scores.
        lane: Name of the lane.
        path: Folder of all artifacts, or its address. Kedro makes a folder absolute, as
            it does `filepath`.
        verify: How closely the scores are compared with their lineage before they are
            read (see `artifacts.integrity.check_file`).
        version: Set by Kedro.
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self,
        *,
        filepath: str,
        lane: str,
        path: str,
        version: Version,
        verify: Verify = "quick",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._store = store_of(filepath)
        super().__init__(
            filepath=PurePosixPath(filepath),
            version=version,
            exists_function=self._store.is_there,
            glob_function=self._store.versions_in,
        )
        self._lane = lane
        self._artifact = filepath
        self._root = path
        self._verify = verify
        self.metadata = metadata

    def load(self) -> LaneRun:
        """Read the scores, and find the parameters.

        Raises:
            DatasetFileError: Something that the scores were made from is missing, the
                scores are damaged, or nothing records what they were made from.
        """
        lineage = self._own().lineage()
        if not lineage.contents().keys() >= _NEEDED:
            raise DatasetFileError(
                f"{self._store.shown(self.path)} has no {FILE_NAME} that says what it "
                "was made from: compare versions that a run has saved."
            )
        made_from = self._made_from(lineage)
        return LaneRun(
            lane=self._lane,
            version=self.path.parent.name,
            others=tuple(self.list_versions(full_path=False)),
            scores=self._finite(self._scores(), made_from["raw_test_images"][0]),
            images=self._name(made_from["image_info"][0]),
            originals_sha256=lineage.contents()["raw_test_images"],
            parameters={
                name: value
                for _, made in made_from.values()
                for name, value in made.parameters.items()
            },
        )

    @property
    def path(self) -> Path:
        """The file of the scores; of a store, the copy that `load` makes."""
        return self._store.here(self._get_load_path())

    def sha256(self) -> str:
        """SHA-256 of the scores, as it was recorded when they were saved."""
        return self._own().lineage().sha256

    def preview(self, nrows: int = 5) -> TablePreview:
        """The first scores, for kedro-viz.

        Args:
            nrows: Number of rows.
        """
        return TablePreview(self._scores().head(nrows).to_dict(orient="split"))

    def save(self, data: None) -> None:  # noqa: ARG002, Kedro calls it so
        """Refuse: the lane saves its scores.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("A run is not saved as a whole.")

    def _scores(self) -> Any:
        return self._own().load()

    def _own(self) -> AtomicDataset:
        return self._dataset(self._artifact, self.path.parent.name, TableDataset)

    def _name(self, image_info: PurePosixPath) -> str:
        return str(self._read(image_info, "json.JSONDataset")["name"])

    def _read(self, file: PurePosixPath, kind: str | type) -> Any:
        """Read a version of any artifact from its file, which is below the root."""
        artifact = f"{self._root}/{file.parents[1]}"
        return self._dataset(artifact, file.parent.name, kind).load()

    def _dataset(self, artifact: str, version: str, kind: str | type) -> AtomicDataset:
        return AtomicDataset(
            filepath=artifact,
            dataset={"type": kind},
            version=Version(version, None),
            verify=self._verify,
        )

    def _finite(self, scores: pd.DataFrame, originals: PurePosixPath) -> pd.DataFrame:
        """The scores; earlier releases gave an exact image an infinite PSNR."""
        infinite = np.isinf(scores["psnr"])
        if not infinite.any():
            return scores
        highest = highest_psnr(*self._read(originals, ArrayDataset).shape[1:])
        return scores.assign(psnr=scores["psnr"].where(~infinite, highest))

    def _made_from(self, own: Lineage) -> dict[str, tuple[PurePosixPath, Lineage]]:
        """File and lineage of the scores and all that they were made from."""
        known = self._lineages()
        found = {}
        for content in own.contents().items():
            if content[0] == tuned_recipe_of(self._lane):
                continue  # the model's lineage has the parameters that came from it
            made = known.get(content, [])
            if not made:
                raise DatasetFileError(
                    f"{self._store.shown(self.path)} was made from a {content[0]} that "
                    f"is gone or has no {FILE_NAME}: compare versions of which "
                    "everything was kept."
                )
            # Equal bytes may come from several runs: the newest before the scores.
            version = self.path.parent.name
            before = [one for one in made if one[0].parent.name <= version]
            found[content[0]] = (before or made)[-1]
        return found

    def _lineages(self) -> dict[tuple[str, str], list[tuple[PurePosixPath, Lineage]]]:
        """File below the root and lineage of every artifact, by dataset and content."""
        known: dict[tuple[str, str], list[tuple[PurePosixPath, Lineage]]] = {}
        root = self._store.here(self._root)
        with self._store.structure(root, lineages=True) as seen:
            for record in sorted(seen.root.rglob(FILE_NAME)):
                version = record.parent
                file = version / version.parent.name
                # A hidden folder is being saved by another run.
                if version.name.startswith(".") or not file.exists():
                    continue
                with suppress(DatasetFileError):  # damaged, and missed if it is needed
                    lineage = read_lineage(record)
                    content = (lineage.dataset, lineage.sha256)
                    below = PurePosixPath(file.relative_to(seen.root).as_posix())
                    known.setdefault(content, []).append((below, lineage))
        return known

    def _exists(self) -> bool:
        try:
            return self._store.is_there(str(self.path))
        except DatasetError as error:
            if isinstance(error.__cause__, DatasetFileError):  # of a store
                raise error.__cause__ from error
            return False

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "version": self._version}
