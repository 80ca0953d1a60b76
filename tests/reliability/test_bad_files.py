"""What can be wrong in a file of the catalog, and the words in which it is answered."""

from __future__ import annotations

import json
import pickle
import struct
import tracemalloc
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io import AbstractDataset, DatasetError

from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.model import ModelDataset
from denoising_autoencoder.errors import DatasetFileError, ProjectError
from denoising_autoencoder.networks.build import build_network, load_network
from tests.reliability.damage import damaged_copies

HARMLESS_BYTES = 8 * 2**20
"""More than any of the small files here needs, far less than any of them claims."""


def refusal(dataset: AbstractDataset[Any, Any], path: Path) -> str:
    """Kedro wraps what goes wrong in a load; the cause is what the user is told."""
    with pytest.raises(DatasetError) as caught:
        dataset.load()
    cause = caught.value.__cause__
    assert isinstance(cause, DatasetFileError)
    assert str(path) in str(cause)
    return str(cause)


def refusal_in_little_memory(dataset, path: Path) -> str:
    tracemalloc.start()
    try:
        message = refusal(dataset, path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < HARMLESS_BYTES
    return message


# Arrays


def header(shape: str = "(10,)", descr: str = "'|u1'", fortran: str = "False") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


WHOLE = header() + bytes(10)
NO_ARRAY = [
    "is damaged or not a .npy file of plain numbers",
    "delete the folder of this version and run again what makes it.",
]

# (bytes of the file, words of the answer)
BAD_ARRAYS: list[tuple[str, bytes, list[str]]] = [
    ("zero bytes", b"", NO_ARRAY),
    ("text", b"1 2 3\n4 5 6\n", NO_ARRAY),
    ("a pickle", pickle.dumps(np.arange(3)), NO_ARRAY),
    ("a zip", b"PK\x03\x04" + bytes(200), NO_ARRAY),
    ("half a header", WHOLE[:40], NO_ARRAY),
    ("a number too few", WHOLE[:-1], NO_ARRAY),
    ("a byte too many", WHOLE + b"x", NO_ARRAY),
    ("an unknown version", WHOLE.replace(b"Y\x01", b"Y\x09"), NO_ARRAY),
    ("a header of 4 GB", b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + WHOLE, NO_ARRAY),
    ("a lying shape: 6 GB", header("(2000000, 32, 32, 3)") + bytes(10), NO_ARRAY),
    ("sides that overflow", header("(4294967296, 4294967296)"), NO_ARRAY),
    ("no rows of 64 bits", header(f"(0, {2**63})"), NO_ARRAY),
    ("no rows of too many", header(f"(0, {2**62}, {2**62})"), NO_ARRAY),
    ("negative sides", header("(-2, -5)") + bytes(10), NO_ARRAY),
    ("a side with a fraction", header("(10.0,)") + bytes(10), NO_ARRAY),
    ("70 sides", header(f"({'1,' * 70})") + b"x", NO_ARRAY),
    ("Python objects", header("(1,)", "'|O'") + pickle.dumps([None]), NO_ARRAY),
    ("a field of objects", header("(1,)", "[('a', '|O')]") + bytes(8), NO_ARRAY),
    ("numbers of no size", header("(10,)", "'|V0'"), NO_ARRAY),
    ("an unknown type", header("(10,)", "'<q9'") + bytes(10), NO_ARRAY),
    ("keys that cannot be sorted", header("1, 1: 2, 2.5: 3"), NO_ARRAY),
    ("a header of minuses", header("-" * 9000 + "1"), NO_ARRAY),
    ("a header of brackets", header("(" * 900), NO_ARRAY),
    ("a quote that is not closed", header("'10"), NO_ARRAY),
]


@pytest.mark.parametrize(
    ("content", "words"),
    [row[1:] for row in BAD_ARRAYS],
    ids=[row[0] for row in BAD_ARRAYS],
)
def test_a_bad_array_is_answered_in_one_sentence_and_little_memory(
    content, words, tmp_path, check_sentence
):
    path = tmp_path / "train_images.npy"
    path.write_bytes(content)

    message = refusal_in_little_memory(ArrayDataset(filepath=str(path)), path)

    check_sentence(message, words)


# Models


CONFIGURATION = {"__metadata__": {"configuration": '{"network": "report"}'}}
WEIGHT = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}


def safetensors(
    head: dict[str, Any] | bytes, values: bytes = bytes(4), length: int | None = None
) -> bytes:
    """A file by the definition of the format: length of the header, header, values."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + values


def weight(values: bytes = bytes(4), **changes: Any) -> bytes:
    """A whole file of one weight, but for what its header says of it."""
    return safetensors({**CONFIGURATION, "w": {**WEIGHT["w"], **changes}}, values)


def configured(text: str) -> bytes:
    return described({"configuration": text})


def described(metadata: Any) -> bytes:
    return safetensors({"__metadata__": metadata, **WEIGHT})


GOOD = weight()
NO_MODEL = [
    "is damaged or not a model of this project",
    "delete the folder of this version and run again what makes it.",
]

# (bytes of the file, words of the answer)
BAD_MODELS: list[tuple[str, bytes, list[str]]] = [
    ("zero bytes", b"", NO_MODEL),
    ("one byte", b"x", NO_MODEL),
    ("zeros", bytes(500), NO_MODEL),
    ("text", b"a model\n" * 50, NO_MODEL),
    ("HTML", b"<html>no such file</html>" * 20, NO_MODEL),
    ("a pickle", pickle.dumps({"0.weight": np.zeros(3)}), NO_MODEL),
    ("a file of torch.save", b"PK\x03\x04" + bytes(300), NO_MODEL),
    ("an array", WHOLE, NO_MODEL),
    ("half a length", GOOD[:4], NO_MODEL),
    ("a length alone", GOOD[:8], NO_MODEL),
    ("half a header", GOOD[:60], NO_MODEL),
    ("a byte too few", GOOD[:-1], NO_MODEL),
    ("a byte too many", GOOD + b"x", NO_MODEL),
    ("a header longer than the file", safetensors(WEIGHT, length=9999), NO_MODEL),
    ("a header of 2^62 bytes", safetensors(WEIGHT, length=2**62), NO_MODEL),
    ("a header of no bytes", safetensors(WEIGHT, length=0), NO_MODEL),
    ("a header that is no JSON", safetensors(b"{'w': 1}"), NO_MODEL),
    ("a header that is a list", safetensors(b"[1, 2]"), NO_MODEL),
    ("a header that is null", safetensors(b"null"), NO_MODEL),
    ("a header that is no text", safetensors(b'{"\xff": 1}'), NO_MODEL),
    ("offsets beyond the end", weight(data_offsets=[0, 8]), NO_MODEL),
    ("offsets below zero", weight(data_offsets=[-4, 0]), NO_MODEL),
    ("offsets the wrong way", weight(data_offsets=[4, 0]), NO_MODEL),
    ("offsets with a gap", weight(bytes(8), data_offsets=[4, 8]), NO_MODEL),
    ("offsets of 2^63", weight(data_offsets=[0, 2**63]), NO_MODEL),
    ("a lying shape", weight(shape=[2]), NO_MODEL),
    ("a lying shape: 10^12", weight(shape=[10**12]), NO_MODEL),
    ("a shape that overflows", weight(shape=[2**63, 2]), NO_MODEL),
    ("a shape of 70 bits", weight(shape=[2**70]), NO_MODEL),
    ("a shape below zero", weight(shape=[-1]), NO_MODEL),
    ("a shape that is text", weight(shape="1"), NO_MODEL),
    ("70 sides", weight(shape=[1] * 70), NO_MODEL),
    ("a lying type", weight(dtype="F64"), NO_MODEL),
    ("an unknown type", weight(dtype="F99"), NO_MODEL),
    ("bfloat16", weight(bytes(2), dtype="BF16", data_offsets=[0, 2]), NO_MODEL),
    ("float8", weight(bytes(1), dtype="F8_E4M3", data_offsets=[0, 1]), NO_MODEL),
    (
        "float4",
        weight(bytes(1), dtype="F4", shape=[2], data_offsets=[0, 1]),
        NO_MODEL,
    ),
    ("two weights in one place",
     safetensors({**CONFIGURATION, **WEIGHT, "v": WEIGHT["w"]}), NO_MODEL),
    ("no metadata", safetensors(WEIGHT), NO_MODEL),
    ("others' metadata", described({"format": "pt"}), NO_MODEL),
    ("metadata that are a list", described([]), NO_MODEL),
    ("metadata of numbers", described({"configuration": 1}), NO_MODEL),
    ("no configuration", configured(""), NO_MODEL),
    ("half a configuration", configured('{"network": "rep'), NO_MODEL),
    ("a configuration that is YAML", configured("network: report"), NO_MODEL),
    ("a configuration that is null", configured("null"), NO_MODEL),
    ("a configuration that is a number", configured("3"), NO_MODEL),
    ("a configuration that is text", configured('"report"'), NO_MODEL),
    ("a configuration that is a list", configured('["network", "report"]'), NO_MODEL),
    ("an empty configuration", configured("{}"), NO_MODEL),
    ("a network that is null", configured('{"network": null}'), NO_MODEL),
    ("a network that is a number", configured('{"network": 3}'), NO_MODEL),
    ("a network that is a list", configured('{"network": ["report"]}'), NO_MODEL),
    ("a configuration without end", configured('{"a":' * 9000), NO_MODEL),
    ("lists without end", configured("[" * 9000), NO_MODEL),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [row[1:] for row in BAD_MODELS],
    ids=[row[0] for row in BAD_MODELS],
)
def test_a_bad_model_is_answered_in_one_sentence_and_little_memory(
    content, words, tmp_path, check_sentence
):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)

    message = refusal_in_little_memory(ModelDataset(filepath=str(path)), path)

    check_sentence(message, words)


def test_the_file_that_the_bad_ones_are_made_of_is_good(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(GOOD)

    weights, configuration = ModelDataset(filepath=str(path)).load()

    assert configuration == {"network": "report"}
    assert weights["w"].tolist() == [0.0]


# Any file


@pytest.fixture(params=[ArrayDataset, ModelDataset])
def dataset(request, tmp_path: Path) -> tuple[AbstractDataset[Any, Any], Path]:
    """A dataset, and the path of its file, which is not there yet."""
    path = tmp_path / "file"
    return request.param(filepath=str(path)), path


def test_a_file_that_is_not_there_is_named(dataset, check_sentence):
    words = ["cannot be read (No such file or directory", "delete the folder of this"]
    check_sentence(refusal(*dataset), words)


def test_a_folder_in_place_of_a_file_is_named(dataset, check_sentence):
    dataset[1].mkdir()

    check_sentence(refusal(*dataset), ["cannot be read (", "give access to it, or del"])


@pytest.mark.parametrize("kind", [ArrayDataset, ModelDataset])
def test_a_file_that_may_not_be_read_is_named(
    kind, open_folder, check_sentence, as_stranger
):
    path = open_folder / "file"
    path.write_bytes(WHOLE)
    path.chmod(0)

    with as_stranger():
        message = refusal(kind(filepath=str(path)), path)

    check_sentence(message, ["cannot be read (Permission denied", "give access to it"])


@pytest.mark.parametrize("content", [WHOLE, GOOD], ids=["array", "model"])
def test_no_damaged_byte_ends_in_anything_but_a_sentence(
    content, tmp_path, check_sentence
):
    path = tmp_path / "file"
    dataset = (ArrayDataset if content is WHOLE else ModelDataset)(filepath=str(path))
    refused = 0
    for damaged in damaged_copies(content):
        path.write_bytes(damaged)
        with warnings.catch_warnings():
            # Of NumPy, where a digit became the L of Python 2's long integers.
            warnings.simplefilter("ignore")
            with suppress(DatasetError):
                dataset.load()
                continue
            check_sentence(refusal(dataset, path), [])
            refused += 1
    assert refused > 200


# Models that do not fit the network that they name

Weights = dict[str, np.ndarray]


def without(*names: str) -> Callable[[Weights], Weights]:
    return lambda weights: {k: v for k, v in weights.items() if k not in names}


def and_with(**others: np.ndarray) -> Callable[[Weights], Weights]:
    return lambda weights: {
        **weights,
        **{k.replace("_", "."): v for k, v in others.items()},
    }


def as_type(dtype: Any) -> Callable[[Weights], Weights]:
    return lambda weights: {k: v.astype(dtype) for k, v in weights.items()}


def with_value(name: str, value: float) -> Callable[[Weights], Weights]:
    def spoil(weights: Weights) -> Weights:
        spoilt = weights[name].copy()
        spoilt.flat[-1] = value
        return {**weights, name: spoilt}

    return spoil


FLOATS = np.zeros(8, np.float32)
RETRAIN = ["saved weights do not fit the network 'report' (", "train it again."]

# (network that the configuration names, what is done to good weights, words)
MISFITS: list[tuple[str, Callable[[Weights], Weights], list[str]]] = [
    ("unet", without(), ["There is no network 'unet'", "choose one of report"]),
    ("", without(), ["There is no network ''", "choose one of report"]),
    ("Report", without(), ["There is no network 'Report'", "choose one of report"]),
    ("re\nport", without(), [r"There is no network 're\nport'", "choose one of"]),
    ("report", lambda _: {}, [*RETRAIN, "0.weight is missing"]),
    ("report", without("2.bias"), [*RETRAIN, "2.bias is missing"]),
    ("report", without("6.weight", "6.bias"), [*RETRAIN, "6.weight is missing"]),
    ("report", and_with(extra=FLOATS), [*RETRAIN, "'extra' is unknown to it"]),
    ("report", and_with(**{"a\nb": FLOATS}), [*RETRAIN, r"'a\nb' is unknown"]),
    ("report", and_with(**{"8_weight": FLOATS}), [*RETRAIN, "'8.weight' is unknown"]),
    (
        "report",
        and_with(**{"0_weight": np.zeros((16, 3, 3, 3), np.float32)}),
        [*RETRAIN, "0.weight has the shape (16, 3, 3, 3) instead of (8, 3, 3, 3)"],
    ),
    (
        "report",
        and_with(**{"0_bias": np.float32(0)}),
        [*RETRAIN, "0.bias has the shape () instead of (8,)"],
    ),
    (
        "report",
        and_with(**{"0_bias": np.zeros((8, 1), np.float32)}),
        [*RETRAIN, "0.bias has the shape (8, 1) instead of (8,)"],
    ),
    (
        "report",
        and_with(**{"0_bias": np.zeros(0, np.float32)}),
        [*RETRAIN, "0.bias has the shape (0,) instead of (8,)"],
    ),
    ("report", as_type(np.float64), [*RETRAIN, "is float64 instead of float32"]),
    ("report", as_type(np.int64), [*RETRAIN, "is int64 instead of float32"]),
    ("report", as_type(np.uint16), [*RETRAIN, "is uint16 instead of float32"]),
    ("report", as_type(np.bool_), [*RETRAIN, "is bool instead of float32"]),
    ("report", as_type(np.complex64), [*RETRAIN, "is complex64 instead of float32"]),
    (
        "report",
        with_value("4.weight", np.nan),
        [*RETRAIN, "4.weight holds numbers that are not finite"],
    ),
    (
        "report",
        with_value("6.bias", -np.inf),
        [*RETRAIN, "6.bias holds numbers that are not finite"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "words"), MISFITS)
def test_a_model_that_does_not_fit_its_network_is_answered_in_one_sentence(
    name, spoil, words, tmp_path, check_sentence
):
    dataset = ModelDataset(filepath=str(tmp_path / "model.safetensors"))
    dataset.save((spoil(good_weights()), {"network": name}))
    weights, configuration = dataset.load()

    with pytest.raises(ProjectError) as caught:
        load_network(configuration["network"], weights)

    check_sentence(str(caught.value), words)


def good_weights() -> Weights:
    state = build_network("report", seed=1).state_dict()
    return {name: value.numpy() for name, value in state.items()}


def test_a_good_model_still_gives_its_network(tmp_path):
    dataset = ModelDataset(filepath=str(tmp_path / "model.safetensors"))
    dataset.save((good_weights(), {"network": "report", "noise": {"std": 0.1}}))
    weights, configuration = dataset.load()

    state = load_network(configuration["network"], weights).state_dict()

    for name, value in good_weights().items():
        np.testing.assert_array_equal(state[name].numpy(), value)


def test_the_tables_have_no_entry_twice():
    for table in (BAD_ARRAYS, BAD_MODELS):
        assert len({name for name, *_ in table}) == len(table)
        assert len({content for _, content, _ in table}) == len(table)
