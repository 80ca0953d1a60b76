"""Arrays and a header in one file."""

from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.artifacts.packing import pack, unpack

ARRAYS = {
    "weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(0, 2, 1),
    "reversed": np.arange(6, dtype=np.float32)[::-1],
    "strided": np.arange(12, dtype=np.float32).reshape(2, 6)[:, ::2],
    "step": np.float32(7).reshape(()),
    "generator": np.arange(256, dtype=np.uint8),
    "none": np.empty(0, dtype=np.float32),
}
HEADER = {"step": 3, "rows": [{"mse": 0.1, "split": "training"}], "big": 1e-300}


def test_packed_arrays_are_unpacked_again():
    arrays, header = unpack(pack(ARRAYS, HEADER))

    assert header == HEADER
    assert sorted(arrays) == sorted(ARRAYS)
    for name, value in ARRAYS.items():
        assert arrays[name].dtype == value.dtype
        np.testing.assert_array_equal(arrays[name], value)


def test_equal_contents_and_no_others_are_equal_bytes():
    same = {name: np.asarray(ARRAYS[name], order="F") for name in reversed(ARRAYS)}
    other = {**ARRAYS, "step": np.float32(8).reshape(())}

    assert pack(same, dict(reversed(HEADER.items()))) == pack(ARRAYS, HEADER)
    assert pack(other, HEADER) != pack(ARRAYS, HEADER)
    assert pack(ARRAYS, {**HEADER, "step": 4}) != pack(ARRAYS, HEADER)


@pytest.mark.parametrize("length", [0, 4, 8, 100, -1])
def test_a_truncated_file_is_refused(length):
    with pytest.raises(ValueError, match="invalid file"):
        unpack(pack(ARRAYS, HEADER)[:length])


def test_a_file_of_another_program_is_refused():
    from safetensors.numpy import save

    with pytest.raises(ValueError, match="invalid file"):
        unpack(save({"a": np.zeros(3)}))
