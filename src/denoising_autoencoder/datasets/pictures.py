"""Pictures of the user's own in the catalog: what is read, and what is written."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset
from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.artifacts.files import sha256_of
from denoising_autoencoder.artifacts.versions import is_version
from denoising_autoencoder.datasets.read_only import ReadOnlyDataset
from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.inference.denoise import Recipe
from denoising_autoencoder.inference.engine import Job, denoise_files
from denoising_autoencoder.inference.find import expand_inputs, find_pictures
from denoising_autoencoder.inference.plan import output_folder
from denoising_autoencoder.inference.record import Entry
from denoising_autoencoder.inference.words import count_of
from denoising_autoencoder.pictures.reading import shown

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NoisyPictures:
    """Pictures that are to be denoised, none of them opened.

    Attributes:
        files: File of each picture, by its name below the output folder.
        output: Folder for the outputs, absolute.
        most_pixels: Pixels of the largest picture that is opened.
    """

    files: Mapping[str, Path]
    output: Path
    most_pixels: int


@dataclass(frozen=True)
class DenoisedPictures:
    """Pictures that are denoised when they are saved.

    Attributes:
        noisy: The pictures.
        recipe: How they are denoised.
    """

    noisy: NoisyPictures
    recipe: Recipe


class NoisyPicturesDataset(ReadOnlyDataset[NoisyPictures]):
    """Finds the pictures that `inference.input` names.

    Args:
        inputs: Files, folders and patterns.
        output: Folder for the outputs; None for `denoised` beside the first input.
        most_megapixels: Megapixels of the largest picture that is opened.
        path: Folder that relative paths start from; Kedro makes it absolute.
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self,
        *,
        inputs: str | list[str] | None,
        output: str | None,
        most_megapixels: float,
        path: str,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(metadata=metadata)
        self._inputs = [inputs] if isinstance(inputs, str) else list(inputs or [])
        self._output = output
        self._most_pixels = int(most_megapixels * 1e6)
        self._project = Path(path)

    def load(self) -> NoisyPictures:
        """Find the pictures.

        Raises:
            ParameterError: `inference.input` is not set.
            ProjectError: There are none; see `find_pictures`.
        """
        from denoising_autoencoder.pictures.picture import SUFFIXES

        if not self._inputs:
            raise ParameterError(
                "The pictures are not named: set --params=inference.input=FILE, or a "
                "list of files and folders in a file of --config."
            )
        paths = expand_inputs(self._inputs, self._project)
        output = self._project / self._output if self._output else None
        folder = output_folder(output, paths[0])
        found = find_pictures(paths, SUFFIXES, folder)
        for sentence in found.left_out:
            logger.warning("%s", sentence)
        logger.info("%s -> %s", count_of(len(found.files)), shown(folder))
        return NoisyPictures(found.files, folder, self._most_pixels)

    def preview(self) -> JSONPreview:
        """What is named, for kedro-viz."""
        return JSONPreview(json.dumps(self._describe()))

    def _describe(self) -> dict[str, Any]:
        return {"inputs": self._inputs, "output": self._output}


class DenoisedPicturesDataset(AbstractDataset[DenoisedPictures, dict[str, Entry]]):
    """Denoises pictures one by one, and writes each whole.

    All results together would fill the memory. So the node only says how to compute
    them, and each is computed when it is saved, as in Kedro's partitioned datasets.

    Args:
        overwrite: Whether outputs that exist are replaced.
        metadata: Anything; kedro-viz reads its own key.
    """

    def __init__(
        self, *, overwrite: bool, metadata: dict[str, Any] | None = None
    ) -> None:
        self._overwrite = overwrite
        self._written: dict[str, Entry] | None = None
        self.metadata = metadata

    def save(self, data: DenoisedPictures) -> None:
        """Denoise the pictures into their folder.

        Raises:
            ProjectError: Nothing was written, or not all; the rest is in its place.
        """
        noisy = data.noisy
        job = Job(noisy.files, data.recipe, noisy.most_pixels)
        outcome = denoise_files(
            job, noisy.output, self._overwrite, lambda line: logger.info("%s", line)
        )
        if outcome.failures:
            raise ProjectError(outcome.report())
        self._written = outcome.pictures

    def load(self) -> dict[str, Entry]:
        """What was recorded of each picture that was saved, by its name.

        Raises:
            ProjectError: Nothing was saved in this run.
        """
        if self._written is None:
            raise ProjectError(
                "No pictures were denoised in this run: run --pipelines=inference as a "
                "whole."
            )
        return self._written

    def made_from(self) -> dict[str, str]:
        """SHA-256 of the models that were used, and one of all inputs, by dataset."""
        written = (self._written or {}).values()
        models = {_dataset_of(one["model"]): one["model_sha256"] for one in written}
        inputs = sorted(one["input_sha256"].encode() for one in written)
        return {**models, "noisy_pictures": sha256_of(inputs)}

    def preview(self) -> JSONPreview:
        """Whether outputs are replaced, for kedro-viz."""
        return JSONPreview(json.dumps(self._describe()))

    def _exists(self) -> bool:
        return self._written is not None

    def _describe(self) -> dict[str, Any]:
        return {"overwrite": self._overwrite}


def _dataset_of(model: str) -> str:
    """The dataset of a model: an artifact if a lane has trained it (`dae@VERSION`)."""
    lane, _, version = model.partition("@")
    return f"{lane}_model" if is_version(version) else "models_for_pictures"
