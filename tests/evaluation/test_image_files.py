"""Which bytes of JPEG and WebP files are pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from denoising_autoencoder.evaluation.image_files import (
    compress_as_jpeg,
    compress_as_webp,
    parts_of_jpeg,
    parts_of_webp,
)
from denoising_autoencoder.evaluation.metrics import measure_errors

# Lengths of segments with their markers, from ITU-T T.81: a table of quantisation has
# 64 entries; the standard's Huffman tables have 12 and 162.
DQT, DC, AC = 2 + 2 + 1 + 64, 2 + 2 + 1 + 16 + 12, 2 + 2 + 1 + 16 + 162
SOI, EOI, JFIF = 2, 2, 18


@pytest.fixture
def crops(photograph) -> np.ndarray:
    return photograph[64:128, 200:232].reshape(2, 32, 32, 3)


def saved(image: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
def test_a_jpeg_is_its_scan_and_headers_of_known_lengths(crops, subsampling):
    file = saved(crops[0], format="JPEG", quality=40, subsampling=subsampling)

    parts = parts_of_jpeg(file)

    tables = 2 * (DQT + DC + AC)
    assert parts.tables == tables == 570
    frame, scan = 2 + 8 + 3 * 3, 2 + 6 + 3 * 2
    assert parts.headers == SOI + JFIF + tables + frame + scan + EOI
    # Nothing that follows the only start of a scan is a marker but the last.
    pixels = file[file.index(b"\xff\xda") + scan : -EOI]
    assert parts.payload == len(pixels)
    assert b"\xff" not in pixels.replace(b"\xff\x00", b"")


def test_a_grey_jpeg_has_half_of_the_tables(crops):
    parts = parts_of_jpeg(saved(crops[0, ..., 0], format="JPEG", quality=40))

    assert parts.tables == DQT + DC + AC
    assert parts.headers == SOI + JFIF + parts.tables + 13 + 10 + EOI


@pytest.mark.parametrize("quality", [5, 40, 41, 90])
def test_a_webp_is_its_frame_and_the_headers_of_riff_and_vp8(crops, quality):
    file = saved(crops[0], format="WEBP", quality=quality)

    parts = parts_of_webp(file)

    # RIFF 12 bytes, chunk 8, frame 10, and a byte if the chunk is odd.
    assert file[23:26] == b"\x9d\x01\x2a"
    assert parts.headers - 30 in (0, 1)
    assert parts.headers + parts.payload == len(file)
    odd = (parts.payload + 10) % 2
    assert parts.headers == 30 + odd
    assert parts.tables == 0


def test_what_is_no_such_file_is_refused(crops):
    png = saved(crops[0], format="PNG")

    with pytest.raises(ValueError, match="no lossy frame"):
        parts_of_webp(saved(crops[0], format="WEBP", lossless=True))
    for parts_of in (parts_of_jpeg, parts_of_webp):
        with pytest.raises(ValueError, match="does not begin like"):
            parts_of(png)


@pytest.mark.parametrize("channels", [1, 3])
def test_decoded_images_are_those_of_the_files(crops, channels):
    images = crops[..., :channels]

    made = compress_as_jpeg(images, 40, "4:2:0")

    for index, image in enumerate(images):
        file = saved(image.squeeze(), format="JPEG", quality=40, subsampling="4:2:0")
        opened = np.asarray(Image.open(io.BytesIO(file))).reshape(image.shape)
        np.testing.assert_array_equal(made.images[index], opened)
        assert made.bits[index] + made.header_bits[index] == 8 * len(file)
        assert made.table_bits[index] == 8 * parts_of_jpeg(file).tables


@pytest.mark.parametrize("channels", [1, 3])
def test_a_higher_quality_is_more_bits_and_a_higher_psnr(crops, channels):
    images = crops[..., :channels]
    for compress in (
        compress_as_webp,
        lambda images, quality: compress_as_jpeg(images, quality, "4:4:4"),
    ):
        low, high = compress(images, 10), compress(images, 90)

        assert low.bits.mean() < 0.5 * high.bits.mean()
        psnr = [measure_errors(it.images, images)["psnr"].mean() for it in (low, high)]
        assert psnr[0] + 5 < psnr[1]


def test_colours_at_half_the_resolution_save_bits(crops):
    full, half = (compress_as_jpeg(crops, 60, colors) for colors in ("4:4:4", "4:2:0"))

    assert half.bits.sum() < full.bits.sum()
    assert half.header_bits.tolist() == full.header_bits.tolist()
