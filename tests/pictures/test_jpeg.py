"""JPEG files."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.picture import open_picture
from tests.pictures.cases import LIMIT, PROFILE, copied, exif, pixels, read

SMOOTH = np.add.outer(np.arange(40), np.arange(48)).astype(np.uint8)
COLORS = np.stack([SMOOTH, 128 - SMOOTH, SMOOTH * 2], axis=2)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [35, 97])
def test_quantization_and_subsampling_are_the_files(tmp_path, subsampling, quality):
    path = tmp_path / "a.jpg"
    Image.fromarray(COLORS).save(path, quality=quality, subsampling=subsampling)

    written = copied(path)

    with Image.open(path) as source, Image.open(written) as copy:
        assert copy.quantization == source.quantization
        assert copy.layer == source.layer
        # A picture that is decoded and quantized by the same table is nearly the same.
        assert np.abs(np.subtract(copy, source, dtype=int)).mean() < 1


def test_three_tables_stay_three(tmp_path):
    path = tmp_path / "a.jpg"
    tables = [[number] * 64 for number in (3, 5, 300)]
    Image.fromarray(COLORS).save(path, qtables=tables, subsampling=0)

    with Image.open(path) as source, Image.open(copied(path)) as copy:
        assert copy.quantization == source.quantization
        assert copy.layer == source.layer


def test_metadata_stays_byte_by_byte(tmp_path):
    path = tmp_path / "a.jpg"
    photoshop = b"\xff\xed\0\x10Photoshop 3.0\0"
    Image.fromarray(SMOOTH).save(
        path,
        exif=exif(3),
        icc_profile=PROFILE * 400,  # more than one segment
        dpi=(300, 300),
        comment="ein Bild",
        xmp=b"<x:xmpmeta/>",
        extra=photoshop,
        progressive=True,
    )

    with Image.open(path) as source, Image.open(copied(path)) as copy:
        assert copy.applist == source.applist
        assert copy.info == source.info
        assert copy.info["icc_profile"] == PROFILE * 400
        assert copy.info["progressive"] == 1
        assert copy.getexif()[0x0112] == 3


def test_turned_pictures_stay_turned_by_their_metadata_only(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(COLORS).save(path, exif=exif(6))

    (page,) = read(copied(path))

    assert page.color.shape == COLORS.shape


def test_components_that_are_rgb_stay_so(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(COLORS).save(path, keep_rgb=True, quality=100)

    (source,), (copy,) = read(path), read(copied(path))

    np.testing.assert_allclose(copy.color.astype(int), source.color, atol=1)
    with Image.open(copied(path)) as image:
        assert bytes(layer[0] for layer in image.layer) == b"RGB"


def test_colors_that_are_half_as_high_are_kept_whole(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(COLORS).save(path, subsampling=0)
    content = bytearray(path.read_bytes())
    # 4:4:0 in the frame's header: the luminance is twice as high as the colours.
    frame = content.index(b"\xff\xc0")
    content[frame + 11] = 0x12
    path.write_bytes(content)

    with open_picture(path, LIMIT) as picture:
        assert "chroma subsampling" in picture.losses[0]


@pytest.mark.parametrize(
    ("segment", "end", "loss"),
    [
        (b"\xff\xe2\0\x08MPF\0xx", b"", "Further pictures"),
        (b"\xff\xeb\0\x06JP\0\1", b"", "Content credentials"),
        (b"", b"ftypmp42", "behind the picture"),
    ],
)
def test_what_is_lost_is_said_before(tmp_path, segment, end, loss):
    path = tmp_path / "a.jpg"
    Image.fromarray(COLORS).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:2] + segment + content[2:] + end)

    with open_picture(path, LIMIT) as picture:
        (sentence,) = picture.losses
    written = copied(path).read_bytes()

    assert loss in sentence
    assert not segment or segment not in written
    assert written.endswith(b"\xff\xd9")


def test_cmyk_is_refused(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels(4, 5, 4), "CMYK").save(path)

    with pytest.raises(PictureError, match=r"colours of the kind CMYK.* convert it"):
        open_picture(path, LIMIT)
