"""A trained model in one safetensors file: weights, and what rebuilds the network."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
from kedro_datasets._typing import JSONPreview

from denoising_autoencoder.datasets.one_file import OneFileDataset
from denoising_autoencoder.errors import DatasetFileError

Weights = dict[str, npt.NDArray[np.float32]]
Model = tuple[Weights, dict[str, Any]]

_KEY = "configuration"


class ModelDataset(OneFileDataset[Model, Model]):
    """Weights by name and a configuration, without any pickle.

    The configuration is JSON in the header of the file, so that one file is all that a
    model is.
    """

    def load(self) -> Model:
        """Read the weights (float32 arrays by name) and the configuration.

        Raises:
            DatasetFileError: The file is no whole safetensors file of this project.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._filepath, framework="numpy") as file:
                # First: another program's file may hold numbers that NumPy lacks.
                configuration = json.loads((file.metadata() or {})[_KEY])
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return weights, configuration
        except (SafetensorError, KeyError, ValueError) as error:
            raise DatasetFileError(
                f"{self._filepath} is not a whole model of this project: delete the "
                "folder of this version and train again."
            ) from error

    def save(self, data: Model) -> None:
        """Write the weights and the configuration (anything that JSON can hold)."""
        from safetensors.numpy import save_file

        weights, configuration = data
        # safetensors writes an array's memory as it lies, whatever its strides say.
        weights = {
            name: np.asarray(value, order="C") for name, value in weights.items()
        }
        # One key, sorted: equal models are equal bytes.
        header = {_KEY: json.dumps(configuration, sort_keys=True)}
        save_file(weights, self._filepath, metadata=header)

    def preview(self) -> JSONPreview:
        """The configuration and the shapes of the weights, for kedro-viz."""
        weights, configuration = self.load()
        shapes = {name: list(value.shape) for name, value in weights.items()}
        return JSONPreview(json.dumps({**configuration, "weights": shapes}))
