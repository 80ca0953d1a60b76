from __future__ import annotations

import io
import re

import numpy as np
import pytest

from denoising_autoencoder.artifacts.npy import read_header


def file_of(array: np.ndarray, version: tuple[int, int] = (1, 0)) -> io.BytesIO:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version, allow_pickle=True)
    file.seek(0)
    return file


def size_of(file: io.BytesIO) -> int:
    return file.getbuffer().nbytes


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize(
    ("array", "order"),
    [
        (np.arange(6, dtype=np.uint8).reshape(2, 3), "C"),
        (np.asfortranarray(np.arange(6, dtype=np.float16).reshape(2, 3)), "F"),
        (np.zeros((0, 8, 8, 3), np.int64), "C"),
        (np.array(7), "C"),
        (np.array("name"), "C"),
        (np.arange(3, dtype=">i4"), "C"),
    ],
    ids=["uint8", "Fortran", "empty", "scalar", "text", "big-endian"],
)
def test_a_header_tells_what_follows_and_the_file_stands_there(array, order, version):
    file = file_of(array, version)

    header = read_header(file, size_of(file))

    assert header == (array.shape, array.dtype, order)
    assert file.read() == array.tobytes(order=order)


@pytest.mark.parametrize("change", [-1, 1, 1000])
def test_a_header_that_claims_another_size_is_refused(change):
    file = file_of(np.arange(10))

    with pytest.raises(ValueError, match=re.escape("is not of shape (10,)")):
        read_header(file, size_of(file) + change)


def test_python_objects_are_refused_without_being_opened():
    file = file_of(np.array([None, {}]))

    with pytest.raises(ValueError, match="object are no numbers"):
        read_header(file, size_of(file))


@pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY\x07\x00\x02\x00{}"])
def test_what_is_no_header_is_refused(content):
    with pytest.raises(ValueError, match=r"magic|no header"):
        read_header(io.BytesIO(content), len(content))


def test_no_more_is_read_than_a_header_can_be_long():
    class Counting(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            self.most = max(self.most, size if size >= 0 else 2**63)
            return super().read(size)

    file = Counting(b"\x93NUMPY\x02\x00\xff\xff\xff\xff")

    with pytest.raises(ValueError, match="EOF"):
        read_header(file, 12)

    assert 10_000 < file.most < 100_000
