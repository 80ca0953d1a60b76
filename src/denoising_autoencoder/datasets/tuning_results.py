"""What tunings have found, for pages of runs on the same images."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kedro.io.core import DatasetError, Version
from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.artifacts.integrity import Verify
from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.figure import FigureDataset
from denoising_autoencoder.datasets.read_only import ReadOnlyDataset
from denoising_autoencoder.errors import DatasetFileError

logger = logging.getLogger(__name__)

_REPORT = ("report.json", "json.JSONDataset")

_PICTURES = ("history", "importances", "slices")


@dataclass(frozen=True)
class TuningResult:
    """What a tuning has found.

    Attributes:
        version: Version of its report.
        sha256: SHA-256 of the report.
        train_images: SHA-256 of the training images.
        noise_spec: SHA-256 of the noise.
        report: The report (`pipelines.tuning.report.summarize`).
        pictures: Figures as PNG, by name.
    """

    version: str
    sha256: str
    train_images: str
    noise_spec: str
    report: Mapping[str, Any]
    pictures: Mapping[str, bytes]


class TuningResultsDataset(ReadOnlyDataset[list[TuningResult]]):
    """The newest result of each lane on each set of images and noise, or none.

    Args:
        filepath: Folder of the reports and figures, or its address. Kedro makes a
            folder absolute.
        verify: How closely files are compared with their lineage before they are read.
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self,
        *,
        filepath: str,
        verify: Verify = "quick",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._folder = filepath
        self._verify = verify
        super().__init__(metadata=metadata)

    def load(self) -> list[TuningResult]:
        """Read the results; one that is damaged is left out with a warning."""
        found: dict[tuple[str, ...], TuningResult] = {}
        for version, lineage, report in self._read(*_REPORT):
            contents = lineage.contents()
            data = contents.get("train_images", ""), contents.get("noise_spec", "")
            key = report["lane"], *data
            if key not in found:
                found[key] = TuningResult(
                    version, lineage.sha256, *data, report, self._pictures(lineage)
                )
        return list(found.values())

    def preview(self) -> JSONPreview:
        """The versions of the reports, for kedro-viz."""
        versions = {one.report["lane"]: one.version for one in self.load()}
        return JSONPreview(json.dumps(versions))

    def _pictures(self, report: Lineage) -> dict[str, bytes]:
        """The newest figure of each kind of the same trials."""
        trials = report.contents().get("tuning_trials")
        kind = f"{FigureDataset.__module__}.{FigureDataset.__name__}"
        pictures = {}
        for name in _PICTURES:
            for _, lineage, png in self._read(f"{name}.png", kind):
                if lineage.contents().get("tuning_trials") == trials:
                    pictures[name] = png
                    break
        return pictures

    def _read(self, file: str, kind: str) -> Iterator[tuple[str, Lineage, Any]]:
        """Version, lineage and content of each version of an artifact, newest first."""
        artifact = f"{self._folder}/{file}"
        for version in self._dataset(artifact, kind).list_versions(full_path=False):
            dataset = self._dataset(artifact, kind, version)
            try:
                yield version, dataset.lineage(), dataset.load()
            except (DatasetError, DatasetFileError) as error:
                # Kedro's own has ours as its cause.
                logger.warning("A tuning is not shown: %s", error.__cause__ or error)

    def _dataset(
        self, artifact: str, kind: str, version: str | None = None
    ) -> AtomicDataset:
        return AtomicDataset(
            filepath=artifact,
            dataset={"type": kind},
            version=Version(version, None),
            verify=self._verify,
        )

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._folder}
