"""Opening and writing pictures: files that are no good, and what they leave."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from denoising_autoencoder.artifacts import files
from denoising_autoencoder.errors import PictureError
from denoising_autoencoder.pictures.picture import (
    SUFFIXES,
    Page,
    open_picture,
    write_picture,
)
from tests.pictures.cases import LIMIT, chunk, copied, pixels, png, read

WRITERS = {
    "a.png": {},
    "a.jpg": {},
    "a.tif": {},
    "a.webp": {"lossless": True},
    "a.bmp": {},
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def saved(path: Path, *shape: int) -> Path:
    Image.fromarray(pixels(*shape)).save(path, **WRITERS[f"a{path.suffix}"])
    return path


def refusal(path: Path) -> str:
    """The sentence of a file that is refused, at the latest when it is read."""
    with pytest.raises(PictureError) as caught, open_picture(path, LIMIT) as picture:
        picture.read_page(0)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 500
    assert sentence.endswith((".", "'"))
    return sentence


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 50, 3), (50, 3, 3)])
def test_small_and_narrow_pictures(tmp_path, name, shape):
    path = saved(tmp_path / name, *shape)

    (source,), (copy,) = read(path), read(copied(path))

    assert source.color.shape == shape
    assert copy.color.shape == shape
    assert path.suffix in SUFFIXES


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.9])
def test_truncated_files_are_refused(tmp_path, name, kept):
    path = saved(tmp_path / name, 40, 50, 3)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])

    sentence = refusal(path)

    assert str(path) in sentence


@pytest.mark.parametrize("name", WRITERS)
def test_any_byte_may_be_wrong(tmp_path, name):
    path = saved(tmp_path / name, 6, 7, 3)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for position in rng.integers(0, len(content), 25):
        damaged = bytearray(content)
        damaged[position] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            with open_picture(path, LIMIT) as picture:
                write_picture(
                    tmp_path / "out",
                    picture,
                    (picture.read_page(index) for index in range(picture.pages)),
                )
        except PictureError as error:
            assert str(error).isprintable()  # noqa: PT017, most files are still good


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.png", b"some text, no picture", "is not a picture"),
        ("a.png", b"GIF89a" + bytes(30), "is a GIF"),
        ("a.jpg", b"\0\0\0\x18ftypheic" + bytes(30), "is a HEIC picture"),
        ("a.jpg", b"\0\0\0\x18ftypavif" + bytes(30), "is an AVIF picture"),
        ("a.nef", b"MM\0*" + bytes(30), "develop it"),
        ("a.CR2", b"II*\0\x10\0\0\0CR\2" + bytes(30), "develop it"),
        ("a.tif", b"8BPS" + bytes(30), "is a Photoshop file"),
        ("a.tif", b"II*\0\x08\0\0\0\0\0", "has no pixels"),
        # A directory of tags that follows itself.
        ("a.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "has no pixels"),
        ("a.png", png((0, 4, 8, 0, 0), b""), "has no pixels"),
        ("a.png", png((2, 2, 8, 5, 0), b"\0\0\0" * 2), "is damaged"),
        ("a.png", png((2, 2, 8, 0, 0), b"\0\0"), "is damaged"),
        ("a.png", png((2, 2, 16, 0, 0), b"\0\0"), "is damaged"),
    ],
)
def test_files_that_are_refused(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)

    assert reason in refusal(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", png((60_000, 60_000, 8, 2, 0), b"")),
        ("a.png", png((60_000, 60_000, 16, 2, 0), b"")),
        (
            "a.bmp",
            b"BM"
            + struct.pack(
                "<IHHIIIIHHIIIIII",
                *([0] * 3),
                54,
                40,
                60_000,
                60_000,
                1,
                24,
                *([0] * 6),
            ),
        ),
        (
            "a.webp",
            b"RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + bytes(40),
        ),
    ],
)
def test_bombs_are_refused_by_their_header(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)

    sentence = refusal(path)

    assert "limit of 1 megapixels" in sentence
    assert "--most-megapixels" in sentence


@pytest.mark.parametrize("option", [{}, {"tile": (32, 4096)}])
def test_tiff_and_jpeg_bombs(tmp_path, option):
    zeros = np.zeros((1, 2_000_000) if not option else (10, 10), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", zeros, compression="zlib", **option)
    with pytest.raises(PictureError, match="--most-megapixels"):
        open_picture(tmp_path / "a.tif", 100_000)
    Image.new("L", (400, 300)).save(tmp_path / "a.jpg")
    with pytest.raises(PictureError, match="--most-megapixels"):
        open_picture(tmp_path / "a.jpg", 119_999)


def test_pillows_own_limit_is_not_in_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    path = saved(tmp_path / "a.webp", 40, 50, 3)

    assert read(path)[0].color.shape == (40, 50, 3)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_paths_that_are_no_files(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    os.mkfifo(tmp_path / "pipe.png")

    assert "is a folder" in refusal(tmp_path / "folder.png")
    assert "cannot be read (Too many levels" in refusal(tmp_path / "loop.png")
    assert "is a pipe" in refusal(tmp_path / "pipe.png")
    assert "cannot be read (No such file" in refusal(tmp_path / "gone.png")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = saved(tmp_path / "a.png", 4, 5, 3)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", denied)  # root may read everything

    assert "cannot be read (Permission denied)" in refusal(path)


@pytest.mark.parametrize("name", ["a\nb.png", "Überraschung.png", "a b'.png"])
def test_names_stay_on_one_line(tmp_path, name):
    path = saved(tmp_path / name, 4, 5, 3)
    written = copied(path)
    path.write_bytes(b"no picture")

    assert read(written)[0].color.shape == (4, 5, 3)
    assert "\n" not in refusal(path)


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, name):
    path = saved(tmp_path / name, 4, 5, 3)
    with open_picture(path, LIMIT) as picture:
        page = picture.read_page(0)
        os.utime(path, ns=(1, 1))
        with pytest.raises(PictureError, match="changed while it was read"):
            picture.read_page(0)
        with pytest.raises(PictureError, match="changed while it was read"):
            write_picture(tmp_path / "out", picture, [page])

    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("a denoiser's")])
def test_pages_that_end_in_an_error_leave_the_former_file(tmp_path, name, error):
    path = saved(tmp_path / name, 4, 5, 3)
    target = tmp_path / "out"
    target.write_bytes(b"former")

    def pages():
        raise error
        yield

    with (
        open_picture(path, LIMIT) as picture,
        pytest.raises(type(error) if isinstance(error, Exception) else error),
    ):
        write_picture(target, picture, pages())

    assert names(tmp_path) == [name, "out"]
    assert target.read_bytes() == b"former"


@pytest.mark.parametrize("name", WRITERS)
def test_no_room_on_the_disk(tmp_path, name, monkeypatch):
    path = saved(tmp_path / name, 4, 5, 3)

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open_picture(path, LIMIT) as picture:
        pages = [picture.read_page(0)]
        monkeypatch.setattr(files.os, "fsync", full)
        with pytest.raises(PictureError, match=r"No space left on device.*make room"):
            write_picture(tmp_path / "out", picture, pages)

    assert names(tmp_path) == [name]


@pytest.mark.parametrize("error", [RuntimeError, struct.error, ValueError])
def test_an_encoder_that_fails_is_one_sentence(tmp_path, error, monkeypatch):
    path = saved(tmp_path / "a.png", 4, 5, 3)

    def fail(picture, target, pages):
        raise error("too\nlarge")

    with open_picture(path, LIMIT) as picture:
        monkeypatch.setattr(type(picture), "write", fail)
        with pytest.raises(PictureError, match=r"out cannot be written \(too large\)"):
            write_picture(tmp_path / "out", picture, [])

    assert names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("name", WRITERS)
def test_pages_that_do_not_fit_are_refused(tmp_path, name):
    path = saved(tmp_path / name, 4, 5, 3)
    page = Page(pixels(4, 5, 3), None)
    alpha = Page(page.color, page.color[..., 0])
    with open_picture(path, LIMIT) as picture:
        wide, deep = Page(pixels(4, 6, 3), None), Page(page.color.astype("u2"), None)
        for pages in [[], [page, page], [alpha], [wide], [deep]]:
            with pytest.raises(PictureError, match="out cannot be written"):
                write_picture(tmp_path / "out", picture, pages)

    assert names(tmp_path) == [name]


def test_chunks_without_end(tmp_path):
    path = tmp_path / "a.png"
    content = png((2, 2, 8, 0, 0), b"\0\1\2" * 2, chunk(b"teXt", b"1234"))
    path.write_bytes(content.replace(b"\0\0\0\4teXt", b"\xff\xff\xff\xffteXt"))

    assert "is damaged" in refusal(path)
