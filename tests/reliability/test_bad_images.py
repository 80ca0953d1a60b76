"""What can be wrong in a file of images, and the words in which it is answered."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import tracemalloc
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources import cifar10, npz
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.request import Archive, Request
from tests.reliability.damage import damaged_copies

MB = 2**20
HARMLESS_BYTES = 8 * MB
"""More than any of the small files here needs, far less than any of them claims."""


def images(count: int, *shape: int) -> np.ndarray:
    return np.zeros((count, *(shape or (8, 8, 3))), dtype=np.uint8)


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def lying(shape: str, values: bytes = bytes(10), descr: str = "'|u1'") -> bytes:
    """An array whose header says what the test wants."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + values


GOOD = {"train_images.npy": npy(images(10)), "test_images.npy": npy(images(1))}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def train(content: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    """A good file but for its training images."""
    return zipped({**GOOD, "train_images.npy": content}, method)


def patched(offset: int, value: bytes, signature: bytes) -> bytes:
    """A good file with other bytes in each local or central header."""
    content = zipped(GOOD)
    parts = content.split(signature)
    changed = [p[:offset] + value + p[offset + len(value) :] for p in parts[1:]]
    return signature.join([parts[0], *changed])


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def with_flag(flag: int) -> bytes:
    """A good file whose members all claim a bit of the general purpose flags."""
    content = patched(2, struct.pack("<H", flag), LOCAL)
    parts = content.split(CENTRAL)
    flags = struct.pack("<H", flag)
    return CENTRAL.join([parts[0], *(p[:4] + flags + p[6:] for p in parts[1:])])


def claiming(size: int) -> bytes:
    """A small file whose directory and header claim the same large size."""
    header = len(lying("(1111111111,)", b""))
    content = train(lying(f"({size - header},)", b""), zipfile.ZIP_DEFLATED)
    # The uncompressed size in the directory, which is where Python looks.
    before, entry, rest = content.split(CENTRAL)
    return CENTRAL.join(
        [before, entry[:20] + struct.pack("<L", size) + entry[24:], rest]
    )


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


INT32 = "integers that fit into int32"

# (changed arrays, words of the answer)
BAD_ARRAYS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"train_images": np.array([None] * 10)},
        ["Python objects", "(train_images): write it"],
    ),
    # Shapes
    ({"train_images": images(10, 8, 8)}, ["(10, 8, 8)", "train_images[..., None]"]),
    ({"train_images": images(10, 8, 8, 1)}, ["8x8x1 and test images of 8x8x3"]),
    ({"train_images": images(10, 8, 8, 4)}, ["8, 4)", "train_images[..., :3]"]),
    ({"test_images": images(1, 3, 8, 8)}, ["transpose test_images with (0, 2, 3, 1)"]),
    ({"train_images": images(10, 192)}, ["(10, 192)", "3), or 1 for grey."]),
    ({"train_images": images(8, 8, 3)}, ["(8, 8, 3)", "3), or 1 for grey."]),
    ({"train_images": np.uint8(3)}, ["train_images of shape ()"]),
    ({"test_images": images(0)}, ["holds 0 test_images", "at least 1"]),
    ({"train_images": images(10, 0, 8, 3)}, ["0x8x3 pixels", "at least 8"]),
    ({"train_images": images(9)}, ["holds 9 train_images", "at least 10"]),
    ({"train_images": images(10, 8, 7, 3)}, ["8x7x3 pixels", "least 8"]),
    ({"test_images": images(1, 9, 8, 3)}, ["8x8", "9x8", "must be the same"]),
    # Numbers
    (
        {"train_images": np.full((10, 8, 8, 3), np.nan)},
        ["train_images as float64", "uint8, 0 to 255: scale, round and convert"],
    ),
    ({"test_images": images(1).astype(np.int8)}, ["test_images as int8", "uint8"]),
    ({"test_images": np.array(["a.png"])}, ["test_images as <U5", "uint8"]),
    ({"test_images": np.zeros(1, "u1,u1")}, ["test_images as", "uint8, 0 to 255"]),
    # Missing
    ({"test_images": None}, ["lacks test_images", "and holds train_images."]),
    (
        {"train_images": None, "test_images": None, "x_train": images(10)},
        ["lacks train_images and test_images: it needs", "and holds x_train."],
    ),
    ({"train_images": None, "test_images": None}, ["and holds nothing."]),
    (
        {"train_images": None, **{f"array_{n}": np.zeros(1) for n in range(100)}},
        ["lacks train_images", "array_6, ..."],
    ),
    ({"train_images": None, "a\nb": np.zeros(1)}, [r"test_images, 'a\nb'."]),
    # Photographs, labels, name
    (
        {"train_labels": np.arange(10)},
        ["holds only train_labels", "give train_labels and test_labels, or neither"],
    ),
    (
        {"test_photographs": np.arange(1)},
        ["holds only test_photographs", "train_photographs and test_photographs, or n"],
    ),
    *(
        ({f"train_{kind}": train, f"test_{kind}": test}, words)
        for kind, train, test, words in [
            (
                "photographs",
                np.arange(9),
                [10],
                ["of shape (9,)", "of 10 train_images"],
            ),
            (
                "photographs",
                np.arange(10),
                10,
                ["of shape ()", "each of 1 test_images"],
            ),
            ("photographs", np.arange(10), [[11]], ["of shape (1, 1)", INT32]),
            (
                "photographs",
                np.arange(10.0),
                [10],
                ["train_photographs as float", INT32],
            ),
            (
                "photographs",
                np.arange(10),
                [2**31],
                ["test_photographs as int64", INT32],
            ),
            ("photographs", np.array(["a"] * 10), [1], ["photographs as <U1", INT32]),
            ("photographs", np.ones(10, bool), [7], ["photographs as bool", INT32]),
            ("photographs", np.zeros(10, "m8[s]"), [7], ["as timedelta64[s]", INT32]),
            (
                "photographs",
                np.array([None] * 10),
                [1],
                ["objects", "(train_photographs)"],
            ),
            (
                *("photographs", np.arange(10), [9]),
                [
                    "photograph 9 for training and for testing",
                    "split them by photograph",
                ],
            ),
        ]
    ),
    *(
        ({"train_labels": train, "test_labels": test}, words)
        for train, test, words in [
            (np.arange(9), [1], ["train_labels as", "(9,)", "of 10 train_images"]),
            (np.arange(10), [[1, 2]], ["test_labels as int64 of shape (1, 2)", INT32]),
            (np.arange(10.0), [1], ["train_labels as float64", INT32]),
            (np.array(["cat"] * 10), [1], ["train_labels as <U3", INT32]),
            (np.arange(10), [2**31], ["test_labels as int64", INT32]),
            (np.array([None] * 10), [1], ["objects", "(train_labels)"]),
            (np.arange(10), [-3], ["test_labels with -3", "are integers from 0"]),
        ]
    ),
    ({"name": np.array(b"mine")}, ["name as |S4", "one line of"]),
    (
        {"name": np.array(["a", "b"])},
        ["name as <U1 of shape (2,)", "one line of"],
    ),
    (
        {"name": np.array([], "U1")},
        ["name as <U1 of shape (0,)", "one line of"],
    ),
    ({"name": np.array("two\nlines")}, ["name as <U9", "one line of"]),
    (
        {"name": np.array("\u202eright to left")},
        ["name as <U14", "one line of"],
    ),
    ({"name": np.array("not UTF-8: \udcff")}, ["name as <U12", "one line of"]),
    ({"name": np.array(2**32 - 1, "<u4").view("<U1")}, ["name as <U1", "one line of"]),
    ({"name": np.array("x" * 256)}, ["name as <U256", "characters, 255 at most"]),
]

DAMAGED = ["is not an npz file or is damaged: write it with numpy.savez"]
MEMBER = ["is not an npz file or is damaged (train_images): write it with numpy.savez"]
BROKEN = ["holds Python objects or a damaged array (train_images): write it with numpy"]
PACKED = ["is encrypted or not packed as NumPy does it (train_images): write it with"]
FUTURE = ["is encrypted or not packed as NumPy does it: write it with numpy.savez"]
BOMB = ["train_images.npy packed to less than a 100th of its size", "numpy.savez"]

# (bytes of the file, words of the answer)
BAD_FILES: list[tuple[str, bytes, list[str]]] = [
    ("empty", b"", DAMAGED),
    ("text", b"these are my images\n" * 20, DAMAGED),
    ("an .npy", npy(images(10)), DAMAGED),
    ("cut in the directory", zipped(GOOD)[:-30], DAMAGED),
    ("cut in half", zipped(GOOD)[:1200], DAMAGED),
    ("without its beginning", zipped(GOOD)[700:], BROKEN),
    ("an empty zip", zipped({}), ["lacks train_images and test_images", "nothing."]),
    ("a zip of pictures", zipped({"1.png": b"x"}), ["lacks", "and holds 1.png."]),
    ("arrays in a folder", zipped({"a/train_images.npy": b""}), ["a/train_images."]),
    ("a member that is no npy", train(b"not an array"), BROKEN),
    ("an empty member", train(b""), BROKEN),
    ("a pickle as member", train(b"\x80\x05N."), BROKEN),
    ("a zip as member", train(zipped(GOOD)), BROKEN),
    ("numbers cut short", train(npy(images(10))[:-1]), BROKEN),
    ("a lying shape: 6 GB", train(lying("(2000000, 32, 32, 3)")), BROKEN),
    (
        "a lying shape, compressed",
        train(lying("(2000000, 32, 32, 3)"), zipfile.ZIP_DEFLATED),
        BROKEN,
    ),
    ("more after the numbers: 16 MB", train(lying("(0,)", bytes(16 * MB)), 8), BROKEN),
    ("a bomb: 24 MB", train(lying("(25165824,)", bytes(24 * MB)), 8), BOMB),
    ("a directory that lies: 3 GB", claiming(3_000_000_000), BOMB),
    ("an unknown compression", patched(6, b"\x63\x00", CENTRAL), PACKED),
    ("bzip2", zipped(GOOD, zipfile.ZIP_BZIP2), PACKED),
    ("encryption", with_flag(0x1), PACKED),
    ("a patch", with_flag(0x20), PACKED),
    ("a version of the future", patched(2, b"\xff\x00", CENTRAL), FUTURE),
    ("a flipped bit", flipped(zipped(GOOD), 500), MEMBER),
    ("no deflate stream", patched(6, b"\x08\x00", CENTRAL), MEMBER),
    ("another name inside", patched(26, b"T", LOCAL), MEMBER),
    ("a member beyond the end", patched(38, b"\xff\xff\xff\x0f", CENTRAL), MEMBER),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.npz"


def read_npz(path: Path) -> RawImages:
    return npz.read(Request(Archive(path, "", "", 0), path))


def refusal(path: Path) -> str:
    with pytest.raises(ImageSourceError) as caught:
        read_npz(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def refusal_and_memory(path: Path) -> tuple[str, int]:
    """The message, and the most bytes that were in use on the way to it."""
    tracemalloc.start()
    try:
        message = refusal(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return message, most


@pytest.mark.parametrize(("changes", "words"), BAD_ARRAYS)
def test_bad_arrays_are_answered_in_one_sentence(path, changes, words, check_sentence):
    arrays = {"train_images": images(10), "test_images": images(1), **changes}
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})

    check_sentence(refusal(path), words)


@pytest.mark.parametrize(
    ("content", "words"),
    [row[1:] for row in BAD_FILES],
    ids=[row[0] for row in BAD_FILES],
)
def test_a_bad_file_is_answered_in_one_sentence_and_little_memory(
    path, content, words, check_sentence
):
    path.write_bytes(content)

    message, most = refusal_and_memory(path)

    check_sentence(message, words)
    assert most < HARMLESS_BYTES


def test_images_that_do_not_fit_into_memory_are_answered_in_one_sentence(
    path, check_sentence, monkeypatch
):
    path.write_bytes(zipped(GOOD))

    def no_room(*args: object, **kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np.lib.format, "read_array", no_room)

    words = ["not fit into memory (train_images): give images.path a file of fewer"]
    check_sentence(refusal(path), words)


def test_a_pipe_is_no_file(path, check_sentence):
    os.mkfifo(path)

    check_sentence(refusal(path), ["is not a file: give images.path the npz file"])


@pytest.mark.parametrize("name", ["/dev/zero", "mine\0.npz"])
def test_what_never_ends_or_cannot_be_a_path_is_no_file(name, check_sentence):
    check_sentence(
        refusal(Path(name)), ["is not a file: give images.path the npz file"]
    )


def test_a_name_that_is_too_long_is_named(tmp_path, check_sentence):
    path = tmp_path / ("x" * 300)

    check_sentence(refusal(path), ["cannot be read (File name too long): give access"])


def test_a_file_that_is_not_there_is_named(path, check_sentence):
    check_sentence(refusal(path), ["is not a file: give images.path the npz file"])


def test_a_file_that_may_not_be_read_is_named(open_folder, check_sentence, as_stranger):
    path = open_folder / "mine.npz"
    path.write_bytes(zipped(GOOD))
    path.chmod(0)

    with as_stranger():
        message = refusal(path)

    check_sentence(message, ["cannot be read (Permission denied): give access to it"])


def test_a_folder_that_may_not_be_entered_is_named(
    open_folder, check_sentence, as_stranger
):
    folder = open_folder / "locked"
    folder.mkdir()
    np.savez(folder / "mine.npz", train_images=images(10))
    folder.chmod(0)

    with as_stranger():
        message = refusal(folder / "mine.npz")

    check_sentence(message, ["cannot be read (Permission denied): give access to it"])


def test_a_path_that_is_a_circle_of_links_is_named(path, check_sentence):
    path.symlink_to(path)

    check_sentence(refusal(path), ["is not a file: give images.path the npz file"])


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        (
            "train_images",
            Path.unlink,
            ["lacks train_images: it needs train_images and test_images, and holds "],
        ),
        (
            "test_images",
            lambda file: os.truncate(file, file.stat().st_size - 1),
            ["test_images.npy holds Python objects or a damaged array", "numpy.save "],
        ),
        (
            "train_labels",
            lambda file: np.save(file, np.array([None]), allow_pickle=True),
            ["train_labels.npy holds Python objects or a damaged array"],
        ),
        (
            "train_images",
            lambda file: np.save(file, np.zeros((10, 8, 8, 3))),
            ["holds train_images as float64, but images are uint8"],
        ),
        (
            "test_images",
            lambda file: (file.unlink(), os.mkfifo(file)),
            ["test_images.npy is not a file"],
        ),
    ],
    ids=["missing", "cut", "objects", "floats", "pipe"],
)
def test_a_bad_folder_of_arrays_is_answered_in_one_sentence(
    tmp_path, name, make, words, check_sentence
):
    for key in ("train_images", "test_images"):
        np.save(tmp_path / f"{key}.npy", images(10))
    make(tmp_path / f"{name}.npy")

    check_sentence(refusal(tmp_path), words)


def test_a_folder_of_arrays_that_may_not_be_read_is_named(
    open_folder, check_sentence, as_stranger
):
    open_folder.joinpath("mine").mkdir(mode=0o311)

    with as_stranger():
        message = refusal(open_folder / "mine")

    check_sentence(message, ["cannot be read (Permission denied): give access to it"])


def test_keys_that_are_not_used_do_no_harm(path):
    extra = {"notes": np.array("by hand"), "mask": np.zeros(3), "x": np.array([None])}
    np.savez(path, train_images=images(10), test_images=images(1), **extra)

    assert read_npz(path).train_images.shape == (10, 8, 8, 3)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("order", ["C", "F"])
def test_good_files_are_read_as_numpy_reads_them(path, method, order):
    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (10, 8, 9, 3), dtype=np.uint8)
    array = np.asarray(train, order=order)
    test = npy(images(1, 8, 9, 3))
    members = {"train_images.npy": npy(array), "test_images.npy": test}
    path.write_bytes(zipped(members, method))

    raw = read_npz(path)

    with np.load(path) as file:
        np.testing.assert_array_equal(raw.train_images, file["train_images"])
    np.testing.assert_array_equal(raw.train_images, train)


def test_no_damaged_byte_ends_in_anything_but_a_sentence(path, check_sentence):
    good = zipped(GOOD, zipfile.ZIP_DEFLATED)
    refused = 0
    for content in damaged_copies(good):
        path.write_bytes(content)
        with warnings.catch_warnings():
            # Of NumPy, where a digit became the L of Python 2's long integers.
            warnings.simplefilter("ignore")
            try:
                read_npz(path)
            except ImageSourceError as error:
                check_sentence(str(error), [str(path)])
                refused += 1
    assert refused > 200


# CIFAR-10's archive


@pytest.mark.parametrize(
    ("closed", "mode", "words"),
    [
        ("the file", 0, "cannot be read (Permission denied): give"),
        ("its folder", 0, "cannot be read (Permission denied): give"),
        ("its folder", 0o555, "cannot be unpacked into its folder (Permission denied"),
    ],
)
def test_an_archive_without_the_rights_to_use_it_is_named(
    closed, mode, words, open_folder, check_sentence, as_stranger
):
    path = open_folder / "01_raw" / "cifar-10-python.tar.gz"
    path.parent.mkdir()
    path.write_bytes(b"text")
    archive = Archive(path, "http://server/", hashlib.sha256(b"text").hexdigest(), 4)
    (path if closed == "the file" else path.parent).chmod(mode)

    with as_stranger(), pytest.raises(ImageSourceError) as caught:
        cifar10.read(Request(archive))

    check_sentence(str(caught.value), [str(path), words])
