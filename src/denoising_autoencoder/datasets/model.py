"""A trained model in one safetensors file: weights, and what rebuilds the network."""

from __future__ import annotations

import json

from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.artifacts.files import Parts
from denoising_autoencoder.artifacts.models import Model, read_model
from denoising_autoencoder.artifacts.packing import pack
from denoising_autoencoder.datasets.one_file import OneFileDataset


class ModelDataset(OneFileDataset[Model, Model]):
    """Weights by name and a configuration, without any pickle.

    The configuration is JSON in the header of the file: a model is one file.
    """

    def load(self) -> Model:
        """Read the weights (float32 arrays by name) and the configuration.

        Raises:
            DatasetFileError: The file cannot be read, or is not a model.
        """
        with self.reading("a model of this project"):
            return read_model(self._filepath)

    def content(self, data: Model) -> Parts:
        """The weights and the configuration (anything that JSON can hold)."""
        return [pack(*data)]

    def preview(self) -> JSONPreview:
        """The configuration and the shapes of the weights, for kedro-viz."""
        weights, configuration = self.load()
        shapes = {name: list(value.shape) for name, value in weights.items()}
        return JSONPreview(json.dumps({**configuration, "weights": shapes}))
