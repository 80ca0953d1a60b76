from __future__ import annotations

import dataclasses
import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from denoising_autoencoder.compute import reading
from denoising_autoencoder.errors import ImageSourceError, PictureError
from denoising_autoencoder.pictures import webp
from denoising_autoencoder.sources import folder as module
from denoising_autoencoder.sources import picture_files, room
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.request import Archive, Cutting, Request

Read = Callable[..., RawImages]


def noise(number: int, height: int = 16, width: int = 24) -> np.ndarray:
    rng = np.random.default_rng(number)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def save(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures of 24x16 pixels: six tiles of 8x8 each."""
    for number in range(10):
        save(tmp_path / f"photos/{number}.png", noise(number))
    return tmp_path / "photos"


@pytest.fixture
def read(folder: Path) -> Read:
    """Read the folder: read(seed=..., and what a `Cutting` takes)."""

    def read_folder(seed: int = 0, **cutting: Any) -> RawImages:
        archive = Archive(folder.parent / "data/not read", "", "", 0)
        cut = Cutting(**{"tile": 8, **cutting})
        return module.read(Request(archive, folder, None, seed, cut))

    return read_folder


def tiles_of(pixels: np.ndarray) -> set[bytes]:
    return {
        pixels[top : top + 8, left : left + 8].tobytes()
        for top in range(0, pixels.shape[0] - 7, 8)
        for left in range(0, pixels.shape[1] - 7, 8)
    }


def names_in(raw: RawImages, photographs: np.ndarray) -> set[str]:
    return {file.name for file in raw.files if file.photograph in photographs}


def test_every_tile_has_the_number_of_its_picture(read):
    raw = read()

    images = np.concatenate([raw.train_images, raw.test_images])
    ids = np.concatenate([raw.train_photographs, raw.test_photographs])
    assert raw.name == "photos"
    assert (len(raw.train_images), len(raw.test_images)) == (54, 6)
    for number in range(10):
        found = {image.tobytes() for image in images[ids == number]}
        assert found == tiles_of(noise(number))


def test_the_order_is_mixed_so_that_the_first_tiles_show_many_pictures(read):
    assert len(set(read().train_photographs[:9].tolist())) >= 4


def test_files_are_recorded_with_their_sha256(read, folder):
    raw = read()

    assert [(file.name, file.photograph) for file in raw.files] == [
        (f"{number}.png", number) for number in range(10)
    ]
    digest = hashlib.sha256((folder / "3.png").read_bytes()).hexdigest()
    assert raw.files[3].sha256 == digest
    assert raw.skipped == ()


def test_the_same_folder_gives_the_same_bits_wherever_it_is(read, folder, tmp_path):
    first = read()
    folder.rename(tmp_path / "other")
    folder.mkdir()
    for path in sorted((tmp_path / "other").iterdir(), reverse=True):
        path.rename(folder / path.name)

    again = read()

    np.testing.assert_array_equal(first.train_images, again.train_images)
    np.testing.assert_array_equal(first.test_photographs, again.test_photographs)


def test_a_seed_draws_a_share_of_the_pictures_for_test(read):
    drawn = [
        names_in(raw := read(seed, test_share=0.3), raw.test_photographs)
        for seed in range(4)
    ]

    assert {len(names) for names in drawn} == {3}
    assert len({frozenset(names) for names in drawn}) > 1


def test_subfolders_train_and_test_are_the_split(read, folder, caplog):
    for number in range(9):
        part = "train" if number < 5 else "test/deeper"
        (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").rename(folder / part / f"{number}.png")

    raw = read(seed=3)

    assert names_in(raw, raw.train_photographs) == {f"train/{n}.png" for n in range(5)}
    assert names_in(raw, raw.test_photographs) == {
        f"test/deeper/{n}.png" for n in range(5, 9)
    }
    assert "Pictures outside of train/ and test/ are not used: 1." in caplog.messages


def test_any_format_depth_and_size_is_taken(read, folder, caplog):
    caplog.set_level(logging.INFO, "denoising_autoencoder")
    save(folder / "a.JPG", noise(20, 8, 9), quality=95)
    save(folder / "b.webp", noise(21, 8, 8), lossless=True)
    save(folder / "c.png", np.dstack([noise(22), noise(23)[..., 0]]))
    deep = noise(24).astype(np.uint16) * 257
    tifffile.imwrite(folder / "d.tif", np.stack([deep, deep[::-1]]), photometric="rgb")
    save(folder / "e.png", noise(25)[..., 0])

    raw = read()

    images = np.concatenate([raw.train_images, raw.test_images])
    found = {image.tobytes() for image in images}
    assert tiles_of(noise(21, 8, 8)) | tiles_of(noise(22)) <= found
    assert tiles_of(noise(24)) | tiles_of(noise(24)[::-1]) <= found
    assert tiles_of(np.dstack([noise(25)[..., 0]] * 3)) <= found
    told = [text.split(" of 15 pictures: ")[0::1] for text in caplog.messages]
    kinds = {text[1].split(",")[0].split(":")[0] for text in told if len(text) == 2}
    assert kinds == {
        "JPEG",
        "with an alpha channel",
        "of more than 8 bits",
        "with several pages",
        "grey",
    }


@pytest.mark.parametrize(("reduce", "noticed"), [(1, True), (2, False)])
def test_jpeg_is_noticed_unless_its_pictures_are_reduced(
    read, folder, caplog, reduce, noticed
):
    save(folder / "a.jpg", noise(20), quality=95)

    read(reduce=reduce)

    told = [text for text in caplog.messages if text.startswith("1 of 11 pictures: JP")]
    assert bool(told) is noticed


def test_hidden_files_links_to_folders_and_other_files_are_left_alone(read, folder):
    save(folder / ".thumbnails/a.png", noise(20))
    (folder / "._1.png").write_bytes(b"")
    (folder / "notes.txt").write_text("not a picture")
    (folder / "loop").symlink_to(folder)

    raw = read()

    assert len(raw.files) == 10
    assert raw.skipped == ()


def test_pictures_that_cannot_be_used_are_named(read, folder, caplog):
    (folder / "5.png").write_bytes((folder / "5.png").read_bytes()[:600])
    (folder / "empty.jpg").write_bytes(b"")
    save(folder / "small.png", noise(20, 7, 100))
    (folder / "copy.png").write_bytes((folder / "2.png").read_bytes())

    raw = read()

    assert len(raw.files) == 9
    assert len(raw.skipped) == 4
    text = "\n".join(caplog.messages)
    for words in (
        "5.png is damaged or incomplete",
        "empty.jpg is empty",
        "small.png has 100 x 7 pixels, which are less than a tile of 8 x 8",
        "copy.png has the same content as 2.png",
    ):
        assert words in text
        assert words in "\n".join(raw.skipped)


def test_the_log_names_ten_files_and_counts_the_rest(read, folder, caplog):
    for number in range(13):
        (folder / f"empty{number}.png").write_bytes(b"")

    raw = read()

    assert len(raw.skipped) == 13
    assert sum("is empty" in text for text in caplog.messages) == 10
    assert "Skipped: 3 more files, named in image_info." in caplog.messages


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:600]),
        lambda path: save(path, noise(20, 7, 100)),
    ],
)
def test_on_error_raise_ends_with_the_first_one(read, folder, spoil):
    spoil(folder / "5.png")

    with pytest.raises(
        ImageSourceError, match=r"5\.png .*; images\.on_error=skip leav"
    ):
        read(on_error="raise")


def test_a_picture_that_changes_meanwhile_is_named(read, folder, monkeypatch):
    def change_and_split(*arguments: Any) -> Any:
        save(folder / "5.png", noise(5, 80, 80))  # more tiles than its header said
        return picture_files.split(*arguments)

    monkeypatch.setattr(module, "split", change_and_split)

    (sentence,) = read().skipped

    assert "5.png changed while the folder was read" in sentence


# Folders that cannot be used


@pytest.mark.parametrize("where", ["absent", "0.png", "nul\0l"])
def test_what_is_not_a_folder_is_named(folder, where):
    request = Request(Archive(Path(), "", "", 0), folder / where)

    with pytest.raises(ImageSourceError, match=r"is not a folder: give images\.path"):
        module.read(request)


def test_two_pictures_are_too_few(read, folder):
    for number in range(2, 10):
        (folder / f"{number}.png").write_bytes(b"")

    with pytest.raises(
        ImageSourceError,
        match=r"too few pictures: 1 for training and validation and 1 for test \(8 co",
    ):
        read()


def test_plain_pictures_are_none(read, folder):
    for number in range(10):
        save(folder / f"{number}.png", np.full((16, 24, 3), 10 * number, np.uint8))

    with pytest.raises(ImageSourceError, match=r"0 for test.*not plain"):
        read()


def test_more_tiles_than_fit_are_refused_with_a_stride_that_does(read, monkeypatch):
    most = 30 * 8 * 8 * 3  # bytes: half of the 60 tiles
    usage = SimpleNamespace(free=5 * most)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    with pytest.raises(
        ImageSourceError, match=r"60 tiles.*images\.stride=12"
    ) as caught:
        read()

    assert "take fewer pictures" in str(caught.value)
    assert len(read(stride=12).train_images) <= 30


def test_tiles_that_do_not_fit_into_memory_are_the_same(read, folder, monkeypatch):
    expected = read()
    monkeypatch.setattr(room, "IN_MEMORY", 0)
    monkeypatch.setattr(reading, "_LARGE", 0)
    monkeypatch.setattr(room, "_AT_ONCE", 7)

    raw = read()

    assert isinstance(raw.train_images, np.memmap)
    for field in dataclasses.fields(RawImages):
        np.testing.assert_array_equal(
            getattr(raw, field.name), getattr(expected, field.name)
        )
    assert list(folder.parent.joinpath("data").iterdir()) == []


def test_a_disk_without_room_for_the_tiles_is_named(read, folder, monkeypatch):
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(room, "IN_MEMORY", 0)
    monkeypatch.setattr(os, "posix_fallocate", no_room)

    with pytest.raises(ImageSourceError, match=r"data has no room .*No space left"):
        read()

    assert list(folder.parent.joinpath("data").iterdir()) == []


def test_a_picture_of_too_many_pixels_is_not_read(read, monkeypatch):
    monkeypatch.setattr(picture_files, "_MOST_PIXELS", 24 * 16 - 1)

    with pytest.raises(ImageSourceError, match=r"0\.000383 million pixels: cut"):
        read(on_error="raise")


def test_a_webp_of_too_many_pixels_is_refused_before_its_decoder_makes_room(
    tmp_path, monkeypatch
):
    path = save(tmp_path / "a.webp", noise(0))
    monkeypatch.setattr(picture_files, "_MOST_PIXELS", 24 * 16 - 1)
    monkeypatch.setattr(webp, "opened", None)

    with pytest.raises(PictureError, match="million pixels"):
        picture_files.inspect(path, tmp_path, Cutting(tile=8))
