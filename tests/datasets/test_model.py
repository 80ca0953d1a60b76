"""Models in safetensors files, without pickle."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io import DatasetError

from denoising_autoencoder.datasets.model import ModelDataset
from denoising_autoencoder.errors import DatasetFileError

CONFIGURATION = {
    "network": "report",
    "noise": {"kind": "gaussian", "std": 0.31623, "clamp": True, "seed": 0},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


def at(path: Path) -> ModelDataset:
    return ModelDataset(filepath=str(path))


def some_weights() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {
        "0.weight": generator.normal(size=(8, 3, 3, 3)).astype(np.float32),
        "0.bias": np.array([0.1, -0.0, np.inf, 1e-40], np.float32),
        "1.num_batches_tracked": np.array(7, np.int64),
        "unused": np.zeros((0, 3), np.float32),
    }


def bits(array: np.ndarray) -> tuple[Any, ...]:
    return array.dtype, array.shape, array.tobytes()


def assert_invalid(path: Path) -> None:
    """Kedro wraps what goes wrong in a load; the cause says what the user can do."""
    with pytest.raises(DatasetError) as caught:
        at(path).load()
    assert isinstance(caught.value.__cause__, DatasetFileError)
    assert str(path) in str(caught.value.__cause__)
    assert "run again what makes it" in str(caught.value.__cause__)


def safetensors(header: dict[str, Any], values: bytes) -> bytes:
    """A file by the definition of the format: length of the header, header, values."""
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + values


def test_weights_and_configuration_are_loaded_bit_by_bit(path):
    weights = some_weights()

    at(path).save((weights, CONFIGURATION))
    loaded, configuration = at(path).load()

    assert configuration == CONFIGURATION
    assert set(loaded) == set(weights)
    assert {name: bits(value) for name, value in loaded.items()} == {
        name: bits(value) for name, value in weights.items()
    }


def test_a_model_is_saved_and_read_without_any_pickle(path):
    at(path).save((some_weights(), CONFIGURATION))
    content = path.read_bytes()

    # All that the file holds is known: a header of JSON, and the values of the weights.
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    assert json.loads(header.pop("__metadata__")["configuration"]) == CONFIGURATION
    ends = [entry["data_offsets"][1] for entry in header.values()]
    assert set(header) == set(some_weights())
    assert max(ends) == len(content) - 8 - length


def test_a_file_written_by_hand_is_loaded(path):
    header = {
        "__metadata__": {"configuration": '{"network": "report"}'},
        "w": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
    }
    path.write_bytes(safetensors(header, struct.pack("<2f", 1.5, -2.0)))

    weights, configuration = at(path).load()

    assert configuration == {"network": "report"}
    assert weights["w"].tolist() == [[1.5], [-2.0]]
    assert weights["w"].dtype == np.float32


@pytest.mark.parametrize("kept", [0, 8, 100, -1])
def test_a_truncated_file_is_refused(path, kept):
    at(path).save((some_weights(), CONFIGURATION))
    path.write_bytes(path.read_bytes()[:kept])

    assert_invalid(path)


BF16 = {"w": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}
F32 = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}


@pytest.mark.parametrize(
    "content",
    [
        b"<html>no such file</html>" * 20,
        b"\x80\x05N.",
        safetensors(F32, bytes(4)),
        safetensors({**F32, "__metadata__": {"format": "pt"}}, bytes(4)),
        *(
            safetensors({**F32, "__metadata__": {"configuration": text}}, bytes(4))
            for text in (
                "{",
                '{"network": 5}',
                '{"network": "x", "options": []}',
                '{"network": "x", "noise": 0.3}',
            )
        ),
        safetensors(BF16, bytes(2)),
    ],
    ids=[
        "HTML",
        "a pickle",
        "no metadata",
        "others' metadata",
        "half a configuration",
        "network without a name",
        "options without names",
        "noise without names",
        "numbers that NumPy lacks",
    ],
)
def test_a_foreign_file_is_refused(path, content):
    path.write_bytes(content)

    assert_invalid(path)


def test_a_missing_file_is_named(path):
    with pytest.raises(DatasetError, match=r"model\.safetensors"):
        at(path).load()
    assert not at(path).exists()


def test_the_preview_gives_the_configuration_and_the_shapes(path):
    at(path).save((some_weights(), CONFIGURATION))

    assert at(path).exists()
    assert json.loads(at(path).preview()) == {
        **CONFIGURATION,
        "weights": {
            "0.weight": [8, 3, 3, 3],
            "0.bias": [4],
            "1.num_batches_tracked": [],
            "unused": [0, 3],
        },
    }


def test_a_pipe_in_place_of_a_model_does_not_wait(path):
    os.mkfifo(path)

    assert_invalid(path)
