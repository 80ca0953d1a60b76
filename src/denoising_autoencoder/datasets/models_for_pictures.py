"""The models that denoise pictures, in the catalog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kedro.io import DatasetError
from kedro.io.core import Version
from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.artifacts.integrity import Verify
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.model import ModelDataset
from denoising_autoencoder.datasets.read_only import ReadOnlyDataset
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.models import (
    Models,
    NamedModel,
    for_all_pictures,
    read_model_file,
    shipped_models,
)
from denoising_autoencoder.lanes import LANES
from denoising_autoencoder.pictures.reading import shown

_FILE = "model.safetensors"


class ModelsForPicturesDataset(ReadOnlyDataset[Models]):
    """Reads the model that is named, or those that the package ships.

    Args:
        model: None for the shipped models; else a lane (`resunet`, its newest model), a
            version of it (`resunet@2026-11-24T10.56.09.096Z`), or a .safetensors file.
        filepath: Folder of the lanes' models, or its address; Kedro makes a folder
            absolute.
        path: The project's folder, where a relative file starts.
        verify: How closely a model is compared with its lineage (see
            `artifacts.integrity.check_file`).
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self,
        *,
        model: str | None,
        filepath: str,
        path: str,
        verify: Verify = "quick",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(metadata=metadata)
        self._model = model
        self._folder = filepath
        self._project = Path(path)
        self._verify = verify

    def load(self) -> Models:
        """Read the models: the one for grey (1) and the one for colour pictures (3).

        Raises:
            ProjectError: There is no such model, or it cannot be read.
        """
        if self._model is None:
            return shipped_models()
        lane, _, version = self._model.partition("@")
        if lane in {lane.name for lane in LANES}:
            return for_all_pictures(self._of_lane(lane, version or None))
        file = self._project / self._model
        if not file.exists() and file.suffix != ".safetensors":
            lanes = ", ".join(lane.name for lane in LANES)
            raise ProjectError(
                f"There is no model {shown(self._model)}: name a lane ({lanes}), a "
                "version of one (dae@VERSION), or a .safetensors file."
            )
        return for_all_pictures(read_model_file(file))

    def preview(self) -> JSONPreview:
        """The name of the model, for kedro-viz."""
        return JSONPreview(json.dumps(self._describe()))

    def _of_lane(self, lane: str, version: str | None) -> NamedModel:
        dataset = AtomicDataset(
            filepath=f"{self._folder}/{lane}/{_FILE}",
            dataset={"type": ModelDataset},
            version=Version(version, None),
            verify=self._verify,
        )
        try:
            model = dataset.load()
        except DatasetError as error:
            there = dataset.list_versions(full_path=False)
            if version and there:
                raise ProjectError(
                    f"There is no version {shown(version)} of {lane}; there are: "
                    f"{', '.join(sorted(there))}."
                ) from error
            raise ProjectError(
                f"{lane} has no model in {shown(self._folder)} yet: {_advice(lane)}."
            ) from error
        name = f"{lane}@{dataset.path.parent.name}"
        return NamedModel(name, dataset.lineage().sha256, model)

    def _describe(self) -> dict[str, Any]:
        return {"model": self._model or "photo", "filepath": self._folder}


def _advice(lane: str) -> str:
    """How to get a lane's model.

    A lane with a pipeline of its own name has an environment of that name too.
    """
    (pipeline,) = (one.pipelines[0] for one in LANES if one.name == lane)
    if pipeline == lane:
        return (
            f"train it by kedro run --pipelines={lane} --env={lane}, and name "
            f"--env={lane} here too"
        )
    return f"train it by kedro run --to-outputs={lane}_model"
