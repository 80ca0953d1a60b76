"""WebP files."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.picture import open_picture
from tests.pictures.cases import LIMIT, PROFILE, copied, exif, pixels, read, samples


@pytest.mark.parametrize("channels", [3, 4])
def test_lossless_files_stay_lossless_with_their_metadata(tmp_path, channels):
    values = pixels(4, 5, channels)
    path = tmp_path / "a.webp"
    metadata = {"icc_profile": PROFILE, "exif": exif(), "xmp": b"<x:xmpmeta/>"}
    Image.fromarray(values).save(path, lossless=True, exact=True, **metadata)

    written = copied(path)

    np.testing.assert_array_equal(samples(read(written)[0]), values)
    with Image.open(path) as source, Image.open(written) as copy:
        for name in metadata:
            assert copy.info[name] == source.info[name]


def test_lossy_files_say_that_their_quality_is_not_known(tmp_path):
    path = tmp_path / "a.webp"
    smooth = np.add.outer(np.arange(40), np.arange(48)).astype(np.uint8)
    Image.fromarray(np.stack([smooth] * 3, axis=2)).save(path, quality=60)

    with open_picture(path, LIMIT) as picture:
        assert "quality 95" in picture.losses[0]
    (source,), (copy,) = read(path), read(copied(path))

    assert np.abs(np.subtract(copy.color, source.color, dtype=int)).max() <= 3
    assert b"VP8 " in path.read_bytes()[:40]


def test_animated_files_are_refused(tmp_path):
    path = tmp_path / "a.webp"
    frames = [Image.fromarray(pixels(4, 5, 3) // part) for part in (1, 2)]
    frames[0].save(path, save_all=True, append_images=frames[1:])

    with pytest.raises(PictureError, match="is animated"):
        open_picture(path, LIMIT)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": exif()}])
def test_the_size_is_known_before_pixels_are_decoded(tmp_path, options):
    path = tmp_path / "a.webp"
    Image.fromarray(pixels(300, 200, 3)).save(path, **options)

    with pytest.raises(PictureError, match="200 x 300 pixels"):
        open_picture(path, 59_999)
    open_picture(path, 60_000)
