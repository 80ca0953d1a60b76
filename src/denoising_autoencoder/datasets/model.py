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
            DatasetFileError: The file cannot be read, or is no whole safetensors file
                of this project.
        """
        from safetensors import SafetensorError, safe_open

        try:
            # safetensors says of a file that may not be read that it is not there.
            self._filepath.open("rb").close()
            with safe_open(self._filepath, framework="numpy") as file:
                # First: another program's file may hold numbers that NumPy lacks.
                configuration = _read_configuration(file.metadata() or {})
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return weights, configuration
        except OSError as error:
            raise DatasetFileError(
                f"{self._filepath} cannot be read ({error.strerror}): give access to "
                "it, or delete the folder of this version and train again."
            ) from error
        # The last two are how safetensors says that NumPy lacks a type of numbers.
        except (SafetensorError, ValueError, AttributeError, TypeError) as error:
            raise DatasetFileError(
                f"{self._filepath} is not a whole model of this project: delete the "
                "folder of this version and train again."
            ) from error

    def save(self, data: Model) -> None:
        """Write the weights and the configuration (anything that JSON can hold)."""
        from safetensors.numpy import save

        weights, configuration = data
        # safetensors writes an array's memory as it lies, whatever its strides say.
        weights = {
            name: np.asarray(value, order="C") for name, value in weights.items()
        }
        # One key, sorted: equal models are equal bytes.
        header = {_KEY: json.dumps(configuration, sort_keys=True)}
        # Not save_file, which hides the operating system's reason for a failure.
        self._filepath.write_bytes(save(weights, metadata=header))

    def preview(self) -> JSONPreview:
        """The configuration and the shapes of the weights, for kedro-viz."""
        weights, configuration = self.load()
        shapes = {name: list(value.shape) for name, value in weights.items()}
        return JSONPreview(json.dumps({**configuration, "weights": shapes}))


def _read_configuration(metadata: dict[str, str]) -> dict[str, Any]:
    """Read what rebuilds the network.

    Raises:
        ValueError: There is no configuration, or none that names a network.
    """
    try:
        configuration = json.loads(metadata[_KEY])
        named = isinstance(configuration["network"], str)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("There is no configuration.") from error
    if not named:
        raise ValueError("The configuration names no network.")
    return dict(configuration)
