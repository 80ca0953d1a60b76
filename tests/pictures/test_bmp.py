"""BMP files."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from denoising_autoencoder.pictures.picture import open_picture
from tests.pictures.cases import LIMIT, copied, pixels, read, samples


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_exchanged_and_all_else_is_kept(tmp_path, channels):
    values = pixels(4, 5, channels)
    path = tmp_path / "a.bmp"
    Image.fromarray(values.squeeze()).save(path, dpi=(300, 200))
    path.write_bytes(path.read_bytes() + b"a profile at the end")

    written = copied(path)
    mirrored = copied(path, mirrored=True)

    assert written.read_bytes() != b""
    np.testing.assert_array_equal(samples(read(mirrored)[0]), values[::-1])
    assert mirrored.read_bytes()[:54] == path.read_bytes()[:54]
    assert mirrored.read_bytes().endswith(b"a profile at the end")


def test_the_fourth_byte_and_alpha_are_kept(tmp_path):
    values = pixels(4, 5, 4)
    path = tmp_path / "a.bmp"
    Image.fromarray(values).save(path)

    assert copied(path).read_bytes() == path.read_bytes()


def test_a_palette_becomes_colors_and_is_said_before(tmp_path):
    image = Image.fromarray(pixels(8, 9, 3)).quantize(30)
    path = tmp_path / "a.bmp"
    image.save(path, dpi=(300, 300))

    with open_picture(path, LIMIT) as picture:
        assert "palette" in picture.losses[0]
    with Image.open(copied(path)) as copy:
        np.testing.assert_array_equal(copy, image.convert("RGB"))
        assert copy.info["dpi"] == pytest.approx((300, 300), abs=0.1)
