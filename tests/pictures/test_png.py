"""PNG files."""

from __future__ import annotations

import sys

import imagecodecs
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.picture import open_picture
from tests.pictures.cases import (
    LIMIT,
    PROFILE,
    chunk,
    copied,
    exif,
    pixels,
    png,
    read,
    samples,
)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_pixel_is_kept(tmp_path, dtype, channels):
    values = pixels(4, 5, channels, dtype=dtype)
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(values))

    (page,) = read(path)
    written = copied(path, mirrored=True)

    assert page.color.dtype == dtype
    np.testing.assert_array_equal(samples(page), values)
    decoded = imagecodecs.png_decode(written.read_bytes())
    assert decoded.dtype == dtype
    np.testing.assert_array_equal(decoded.reshape(values.shape), values[::-1])


@pytest.mark.parametrize("depth", [8, 16])
def test_all_chunks_of_metadata_stay_as_they_are(tmp_path, depth):
    before = [
        chunk(b"gAMA", (45455).to_bytes(4, "big")),
        chunk(b"pHYs", b"\0\0\x0b\x13\0\0\x0b\x12\1"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>"),
        chunk(b"eXIf", exif()[6:]),
        chunk(b"prVt", b"private"),
        chunk(b"tIME", b"\7\xea\1\1\0\0\0"),
    ]
    after = chunk(b"tEXt", b"Comment\0at the end")
    rows = b"".join(bytes([0, 1, 2] if depth == 8 else [0, 1, 2, 3, 4]) for _ in "ab")
    content = png((2, 2, depth, 0, 0), rows, b"".join(before))
    path = tmp_path / "a.png"
    path.write_bytes(content[:-12] + after + content[-12:])

    written = copied(path).read_bytes()

    assert b"".join([*before, after]) in written
    np.testing.assert_array_equal(
        imagecodecs.png_decode(written), imagecodecs.png_decode(content)
    )


def test_profile_and_resolution_are_those_of_the_file(tmp_path):
    path = tmp_path / "a.png"
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Ä", zip=True)
    Image.fromarray(pixels(4, 5, 3)).save(
        path, icc_profile=PROFILE, dpi=(300, 200), exif=exif(8), pnginfo=text
    )

    with Image.open(path) as source, Image.open(copied(path)) as written:
        assert written.info == source.info
        assert written.info["icc_profile"] == PROFILE
        assert written.getexif()[0x0112] == 8


@pytest.mark.parametrize("colors", [2, 16, 200])
def test_a_palette_becomes_colors_and_is_said_before(tmp_path, colors):
    image = Image.fromarray(pixels(8, 9, 3)).quantize(colors)
    path = tmp_path / "a.png"
    image.info["transparency"] = 1
    image.save(path)

    with open_picture(path, LIMIT) as picture:
        assert picture.losses == ("Its palette becomes plain colours.",)
        assert (picture.channels, picture.alpha) == (3, True)
    with Image.open(copied(path)) as written:
        assert written.mode == "RGBA"
        np.testing.assert_array_equal(written, image.convert("RGBA"))


def test_a_palette_of_greys_becomes_grey(tmp_path):
    grey = pixels(4, 5) // 64 * 64
    path = tmp_path / "a.png"
    Image.fromarray(grey).convert("P").save(path)

    (page,) = read(path)
    Image.fromarray(grey).convert("P").save(path, icc_profile=PROFILE)
    (with_profile_of_colors,) = read(path)

    np.testing.assert_array_equal(page.color, grey[..., None])
    assert with_profile_of_colors.color.shape == (4, 5, 3)


@pytest.mark.parametrize(
    ("header", "rows", "extra", "values", "loss"),
    [
        ((4, 1, 2, 0, 0), b"\0\x1b", b"", [0, 85, 170, 255], "8 bits deep"),
        ((2, 1, 8, 0, 1), b"\0\7\0\x09", b"", [7, 9], "interlaced"),
        ((2, 1, 8, 0, 0), b"\0\7\x09", chunk(b"dSIG", b"no"), [7, 9], "signature"),
        ((2, 1, 8, 0, 0), b"\0\7\x09", chunk(b"iDOT", b"at"), [7, 9], "out: iDOT"),
        ((2, 1, 8, 0, 0), b"\0\7\x09", chunk(b"tRNS", b"\0\7"), [7, 9], "alpha"),
        (
            (2, 1, 16, 0, 0),
            b"\0\1\0\2\0",
            chunk(b"tRNS", b"\1\0"),
            [256, 512],
            "alpha",
        ),
    ],
)
def test_what_is_lost_is_said_before(tmp_path, header, rows, extra, values, loss):
    path = tmp_path / "a.png"
    path.write_bytes(png(header, rows, extra))

    with open_picture(path, LIMIT) as picture:
        (sentence,) = picture.losses
    written = copied(path)
    (page,) = read(written)

    assert loss in sentence
    assert not extra or extra not in written.read_bytes()
    np.testing.assert_array_equal(page.color[0, :, 0], values)
    if loss == "alpha":
        np.testing.assert_array_equal(page.alpha, [[0, np.iinfo(page.color.dtype).max]])


def test_animated_files_are_refused(tmp_path):
    path = tmp_path / "a.png"
    frames = [Image.fromarray(pixels(4, 5, 3) // part) for part in (1, 2)]
    frames[0].save(path, save_all=True, append_images=frames[1:])

    with pytest.raises(PictureError, match="is animated"):
        open_picture(path, LIMIT)


def test_sixteen_bits_without_imagecodecs_name_the_extra(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(pixels(4, 5, 3, dtype="uint16")))
    monkeypatch.setitem(sys.modules, "imagecodecs", None)

    with pytest.raises(PictureError, match=r"16-bit PNG.*install 'imagecodecs"):
        open_picture(path, LIMIT)
