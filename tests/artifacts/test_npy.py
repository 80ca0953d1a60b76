from __future__ import annotations

import io

import numpy as np
import pytest

from denoising_autoencoder.artifacts.npy import check_header

ARRAY = np.arange(6, dtype=np.uint8).reshape(2, 3)


def file_of(array: np.ndarray, version: tuple[int, int] = (1, 0)) -> io.BytesIO:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    file.seek(0)
    return file


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_a_header_of_any_version_is_good_if_it_fits_the_size_to_the_byte(version):
    size = file_of(ARRAY, version).getbuffer().nbytes

    check_header(file_of(ARRAY, version), size)

    for change in (-1, 1, 1000):
        with pytest.raises(ValueError, match=r"is not of shape \(2, 3\)"):
            check_header(file_of(ARRAY, version), size + change)


def test_no_more_is_read_than_a_header_can_be_long():
    class Counting(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            self.most = max(self.most, size if size >= 0 else 2**63)
            return super().read(size)

    file = Counting(b"\x93NUMPY\x02\x00\xff\xff\xff\xff")

    with pytest.raises(ValueError, match="EOF"):
        check_header(file, 12)

    assert 10_000 < file.most < 100_000
