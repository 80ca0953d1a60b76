"""TIFF files: every tag stays, since only pixels are written."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
import tifffile

from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures import tiff
from denoising_autoencoder.pictures.picture import Page, open_picture, write_picture
from tests.pictures.cases import LIMIT, PROFILE, copied, pixels, read, samples

KINDS = {
    "grey": ((37, 50), {"photometric": "minisblack"}),
    "grey and alpha": (
        (37, 50, 2),
        {
            "photometric": "minisblack",
            "planarconfig": "contig",
            "extrasamples": ["unassalpha"],
        },
    ),
    "RGB": ((37, 50, 3), {"photometric": "rgb"}),
    "RGBA": ((37, 50, 4), {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "planar": ((3, 37, 50), {"photometric": "rgb", "planarconfig": "separate"}),
}

STORAGE = {
    "plain": {},
    "strips apart": {"rowsperstrip": 5, "compression": "zlib"},
    "tiles": {"tile": (16, 32)},
    "LZW and a predictor": {"compression": "lzw", "predictor": True},
    "PackBits": {"compression": "packbits"},
    "Zstandard tiles": {"compression": "zstd", "tile": (16, 16)},
    "LZMA": {"compression": "lzma"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32", "float64"])
def test_every_pixel_is_kept(tmp_path, dtype, kind):
    shape, options = KINDS[kind]
    values = pixels(*shape, dtype=dtype)
    upright = np.moveaxis(values, 0, -1) if kind == "planar" else values
    path = tmp_path / "a.tif"
    for index, storage in enumerate(STORAGE.values()):
        # Both orders of bytes meet each dtype and each way of storage.
        order = "<>"[(index + (kind == "RGB")) % 2]
        tifffile.imwrite(path, values, byteorder=order, **options, **storage)

        (page,) = read(path)
        mirrored = tifffile.imread(copied(path, mirrored=True))

        assert page.color.dtype == dtype
        np.testing.assert_array_equal(samples(page).squeeze(), upright)
        expected = values[:, ::-1] if kind == "planar" else values[::-1]
        np.testing.assert_array_equal(mirrored, expected)


def tags(path) -> list[dict]:
    places = {"StripOffsets", "StripByteCounts", "TileOffsets", "TileByteCounts"}
    with tifffile.TiffFile(path) as file:
        return [
            {tag.name: tag.value for tag in page.tags if tag.name not in places}
            for page in map(file.pages.get, range(len(file.pages)))
        ]


def test_all_tags_stay(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        pixels(40, 50, 3),
        photometric="rgb",
        compression="zlib",
        iccprofile=PROFILE,
        resolution=(118.11, 59),
        resolutionunit="CENTIMETER",
        software="a scanner",
        datetime="2024:02:29 12:00:00",
        extratags=[
            (274, "H", 1, 6),
            (700, "B", 12, b"<x:xmpmeta/>"),
            (65000, "s", 0, "of one's own"),
        ],
    )

    (before,), (after,) = tags(path), tags(copied(path, mirrored=True))

    assert after == before
    assert after["InterColorProfile"] == PROFILE
    assert after["Orientation"] == 6


@pytest.mark.parametrize("truncate", [False, True])
def test_an_imagej_stack_keeps_its_axes_and_scales(tmp_path, truncate):
    path = tmp_path / "a.tif"
    stack = pixels(3, 2, 20, 30, dtype="uint16")
    tifffile.imwrite(
        path,
        stack,
        imagej=True,
        resolution=(4.5, 4.5),
        metadata={"axes": "ZCYX", "spacing": 2.5, "unit": "um", "Labels": ["a"] * 6},
        truncate=truncate,
    )

    written = copied(path, mirrored=True)

    with tifffile.TiffFile(path) as before, tifffile.TiffFile(written) as after:
        assert len(after.pages) == (1 if truncate else 6)
        assert after.imagej_metadata == before.imagej_metadata
        assert after.imagej_metadata["spacing"] == 2.5
        assert after.series[0].axes == "ZCYX"
        np.testing.assert_array_equal(after.asarray(), stack[..., ::-1, :])
    assert tags(written) == tags(path)


def test_ome_xml_is_kept(tmp_path):
    path = tmp_path / "a.ome.tif"
    stack = pixels(2, 3, 20, 30, dtype="uint16")
    tifffile.imwrite(
        path,
        stack,
        compression="zlib",
        metadata={"axes": "TCYX", "PhysicalSizeX": 0.1, "PhysicalSizeXUnit": "µm"},
    )

    written = copied(path, mirrored=True)

    with tifffile.TiffFile(path) as before, tifffile.TiffFile(written) as after:
        assert after.ome_metadata == before.ome_metadata
        assert after.series[0].axes == "TCYX"
        np.testing.assert_array_equal(after.asarray(), stack[..., ::-1, :])


def test_one_file_of_a_set_of_ome_files(tmp_path):
    stack = pixels(2, 20, 30)
    tifffile.imwrite(tmp_path / "set.ome.tif", stack, metadata={"axes": "ZYX"})
    with tifffile.TiffFile(tmp_path / "set.ome.tif") as file:
        text = file.pages.first.description
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, stack[0], description=text, metadata=None)

    np.testing.assert_array_equal(
        tifffile.imread(copied(path, mirrored=True), is_ome=False), stack[0, ::-1]
    )


def test_plain_pixels_that_are_many_are_a_memory_map(tmp_path, monkeypatch):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels(4, 5, 3), photometric="rgb")
    monkeypatch.setattr(tiff, "_MOST_COPIED", 59)

    (page,) = read(path)

    assert isinstance(page.color, np.memmap)
    assert not page.color.flags.writeable


def test_a_file_that_is_too_short_is_refused_when_it_is_opened(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels(40, 50), metadata=None)
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(PictureError, match="bytes instead of"):
        open_picture(path, LIMIT)


def test_a_file_that_becomes_shorter_while_it_is_read_is_one_sentence(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels(400, 500), metadata=None)

    with open_picture(path, LIMIT) as picture:
        os.truncate(path, 1000)
        with pytest.raises(PictureError, match="is damaged or incomplete"):
            picture.read_page(0)


def test_parts_that_grow_go_to_the_end(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, np.zeros((64, 64), "uint8"), compression="zlib", tile=(32,) * 2
    )
    noise = pixels(64, 64)

    with open_picture(path, LIMIT) as picture:
        write_picture(tmp_path / "b.tif", picture, [Page(noise[..., None], None)])

    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), noise)


def test_parts_that_share_their_bytes_get_their_own(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels(32, 64), compression="zlib", tile=(32, 32))
    with tifffile.TiffFile(path, mode="r+") as file:
        for name in ("TileOffsets", "TileByteCounts"):
            tag = file.pages.first.tags[name]
            tag.overwrite((tag.value[0],) * 2)
    values = np.repeat(np.uint8([[1, 2]]), 32, axis=1).repeat(32, axis=0)

    with open_picture(path, LIMIT) as picture:
        write_picture(tmp_path / "b.tif", picture, [Page(values[..., None], None)])

    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), values)
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert max(file.pages.first.databytecounts) < 100


def test_pages_of_another_kind_are_copied_as_they_are(tmp_path):
    path = tmp_path / "a.tif"
    preview, picture_pixels = pixels(5, 6), pixels(40, 50)
    with tifffile.TiffWriter(path) as writer:
        writer.write(preview, subfiletype=1)
        writer.write(picture_pixels, metadata=None)
        writer.write(pixels(40, 50, dtype="uint16"), metadata=None)

    with open_picture(path, LIMIT) as picture:
        assert (picture.width, picture.height, picture.pages) == (50, 40, 1)
        (sentence,) = picture.losses
        assert sentence.startswith("2 of its 3 pages are of another size or kind")
    with tifffile.TiffFile(copied(path, mirrored=True)) as file:
        np.testing.assert_array_equal(file.pages[0].asarray(), preview)
        np.testing.assert_array_equal(file.pages[1].asarray(), picture_pixels[::-1])


def test_the_range_of_floats(tmp_path):
    path = tmp_path / "a.tif"
    for low, high, expected in [(0.2, 0.9, (0, 1)), (-3, 40, (-3, 40)), (5, 5, (5, 6))]:
        tifffile.imwrite(path, np.float32([[[low, low]], [[low, high]]]))
        with open_picture(path, LIMIT) as picture:
            assert picture.range == expected


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, value):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.float32([[0, 1], [value, 0]]))

    with open_picture(path, LIMIT) as picture, pytest.raises(PictureError, match="NaN"):
        picture.range  # noqa: B018


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (np.zeros((4, 5), "int16"), {}, "16 bits of the kind int16"),
        (np.zeros((4, 5), bool), {"photometric": "minisblack"}, "of the kind bool"),
        (np.zeros((4, 5), "complex64"), {}, "of the kind complex64"),
        (
            np.zeros((4, 5, 4), "uint8"),
            {"photometric": "separated"},
            "colours of the kind SEPARATED",
        ),
        (
            np.zeros((4, 5), "uint8"),
            {"photometric": "palette", "colormap": np.zeros((3, 256), "uint16")},
            "colours of the kind PALETTE",
        ),
        (
            np.zeros((4, 5, 6), "uint8"),
            {"photometric": "minisblack", "planarconfig": "contig"},
            "6 channels in a pixel",
        ),
        (
            np.zeros((16, 16, 3), "uint8"),
            {"photometric": "rgb", "compression": "jpeg"},
            "JPEG compression, which is not written",
        ),
        (
            np.zeros((4, 5), "uint8"),
            {"extratags": [(50706, "B", 4, b"\1\4\0\0")]},
            "a camera's raw file",
        ),
    ],
)
def test_kinds_that_are_refused(tmp_path, values, options, message):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, **options)

    with pytest.raises(PictureError, match=message):
        open_picture(path, LIMIT)


def test_a_palette_of_imagej_colors_grey_values(tmp_path):
    path = tmp_path / "a.tif"
    values = pixels(4, 5)
    table = np.arange(768, dtype="uint16").reshape(3, 256)
    tifffile.imwrite(
        path,
        values,
        photometric="palette",
        colormap=table,
        description="ImageJ=1.54f\nimages=1\n",
        metadata=None,
    )

    written = copied(path, mirrored=True)

    with tifffile.TiffFile(written) as file:
        np.testing.assert_array_equal(file.pages.first.colormap, table)
        np.testing.assert_array_equal(file.asarray(), values[::-1])


def test_lzw_without_imagecodecs_names_the_extra(tmp_path, monkeypatch):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels(4, 5), compression="lzw")
    monkeypatch.setitem(sys.modules, "imagecodecs", None)

    with pytest.raises(PictureError, match=r"LZW.*install 'imagecodecs"):
        open_picture(path, LIMIT)


def test_layers_and_pictures_within_a_page_are_said_to_stay(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(
            pixels(40, 50), subifds=1, extratags=[(37724, "B", 8, b"8BPSxxxx")]
        )
        writer.write(pixels(20, 25), subfiletype=1)

    with open_picture(path, LIMIT) as picture:
        assert [sentence.split()[0] for sentence in picture.losses] == [
            "Smaller",
            "Photoshop's",
        ]


def test_a_cloud_optimised_file_says_that_it_was_changed(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels(4, 5), description="KNOWN_INCOMPATIBLE_EDITION=NO\n ")

    assert b"KNOWN_INCOMPATIBLE_EDITION=YES\n" in copied(path).read_bytes()
