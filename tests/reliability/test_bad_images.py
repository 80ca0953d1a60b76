"""What can be wrong in a file of images, and the words in which it is answered."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources import npz_archive
from denoising_autoencoder.sources.choice import ImageSource
from denoising_autoencoder.sources.cifar10 import read_cifar10
from denoising_autoencoder.sources.npz import read_npz
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


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


# (changed arrays, words of the answer)
BAD_ARRAYS: list[tuple[dict[str, Any], list[str]]] = [
    ({"train_images": np.array([None] * 10)}, ["Python objects", "arrays of numbers"]),
    ({"test_images": np.array([{"a": 1}])}, ["Python objects", "arrays of numbers"]),
    # Shapes
    ({"train_images": images(10, 8, 8)}, ["(10, 8, 8)", "repeat the gray values"]),
    ({"train_images": images(10, 8, 8, 1)}, ["(10, 8, 8, 1)", "repeat the gray"]),
    ({"train_images": images(10, 8, 8, 4)}, ["8, 4)", "train_images[..., :3]"]),
    ({"train_images": images(10, 3, 8, 8)}, ["transpose train_images with (0, 2, 3"]),
    ({"test_images": images(1, 3, 8, 8)}, ["transpose test_images with (0, 2, 3, 1)"]),
    ({"train_images": images(10, 192)}, ["(10, 192)", "(n, height, width, 3)"]),
    ({"train_images": images(10, 2, 8, 8, 3)}, ["(10, 2, 8, 8, 3)"]),
    ({"train_images": images(8, 8, 3)}, ["(8, 8, 3)", "is (n, height, width, 3)."]),
    ({"train_images": np.uint8(3)}, ["train_images of shape ()"]),
    ({"train_images": images(10, 8, 8, 2)}, ["(10, 8, 8, 2)"]),
    ({"train_images": images(0)}, ["holds 0 train_images", "at least 10"]),
    ({"test_images": images(0)}, ["holds 0 test_images", "at least 1"]),
    ({"train_images": images(10, 0, 8, 3)}, ["0x8 pixels", "at least 8"]),
    ({"train_images": images(9)}, ["holds 9 train_images", "at least 10"]),
    ({"train_images": images(10, 7, 8, 3)}, ["7x8 pixels", "at least 8"]),
    ({"test_images": images(1, 9, 8, 3)}, ["8x8", "9x8", "must be the same"]),
    # Numbers
    (
        {"train_images": np.full((10, 8, 8, 3), np.nan)},
        ["train_images as float64", "uint8, 0 to 255: scale, round and convert"],
    ),
    (
        {"train_images": np.full((10, 8, 8, 3), 0.5, np.float32)},
        ["train_images as float32", "scale, round and convert"],
    ),
    ({"test_images": images(1).astype(np.int64)}, ["test_images as int64", "uint8"]),
    ({"test_images": images(1).astype(bool)}, ["test_images as bool", "uint8"]),
    ({"test_images": images(1).astype(np.int8)}, ["test_images as int8", "uint8"]),
    ({"test_images": images(1).astype(complex)}, ["as complex128", "uint8"]),
    ({"test_images": np.array(["a.png"])}, ["test_images as <U5", "uint8"]),
    ({"test_images": np.zeros(1, "u1,u1")}, ["test_images as", "uint8, 0 to 255"]),
    # Missing
    ({"train_images": None}, ["lacks train_images", "and holds test_images."]),
    ({"test_images": None}, ["lacks test_images", "and holds train_images."]),
    (
        {"train_images": None, "test_images": None, "x_train": images(10)},
        ["lacks train_images and test_images", "and holds x_train."],
    ),
    ({"train_images": None, "test_images": None}, ["and holds nothing."]),
    (
        {"train_images": None, **{f"array_{n}": np.zeros(1) for n in range(100)}},
        ["lacks train_images", "array_6, ..."],
    ),
    ({"train_images": None, "a\nb": np.zeros(1)}, [r"test_images, 'a\nb'."]),
    # Photographs, labels, name
    ({"train_photographs": np.arange(10)}, ["train_photographs alone", "or neither"]),
    ({"test_photographs": np.arange(1)}, ["test_photographs alone", "or neither"]),
    (
        {"train_photographs": np.arange(9), "test_photographs": np.array([10])},
        ["train_photographs of shape (9,)", "there are 10 train_images"],
    ),
    (
        {"train_photographs": np.arange(10), "test_photographs": np.array(10)},
        ["test_photographs of shape ()", "there are 1 test_images"],
    ),
    (
        {"train_photographs": np.arange(10.0), "test_photographs": np.array([10])},
        ["train_photographs as float64", "integers that fit into int32"],
    ),
    (
        {"train_photographs": np.arange(10), "test_photographs": np.array([2**31])},
        ["test_photographs as int64", "integers that fit into int32"],
    ),
    (
        {
            "train_photographs": np.arange(10),
            "test_photographs": np.array([2**64 - 1], np.uint64),
        },
        ["test_photographs as uint64", "integers that fit into int32"],
    ),
    (
        {"train_photographs": np.array(["a"] * 10), "test_photographs": np.array([1])},
        ["train_photographs as <U1", "integers that fit into int32"],
    ),
    (
        {"train_photographs": np.ones(10, bool), "test_photographs": np.array([7])},
        ["train_photographs as bool", "integers that fit into int32"],
    ),
    (
        {"train_photographs": np.array([None] * 10), "test_photographs": np.arange(1)},
        ["holds Python objects"],
    ),
    (
        {"train_photographs": np.arange(10), "test_photographs": np.array([9])},
        ["photograph 9 for training and for testing", "split them by photograph"],
    ),
    (
        {"train_labels": np.zeros(11)},
        ["train_labels of shape (11,)", "10 train_images"],
    ),
    ({"test_labels": np.zeros(())}, ["test_labels of shape ()", "1 test_images"]),
    ({"name": np.array(5)}, ["name as int64", "one line of text"]),
    ({"name": np.array(b"mine")}, ["name as |S4", "one line of text"]),
    ({"name": np.array(["a", "b"])}, ["name as <U1 of shape (2,)", "one line of text"]),
    ({"name": np.array([], "U1")}, ["name as <U1 of shape (0,)", "one line of text"]),
    ({"name": np.array("two\nlines")}, ["name as <U9", "one line of text"]),
    ({"name": np.array({"a": 1})}, ["holds Python objects"]),
]

NO_ZIP = ["is not an npz file or is truncated: write it with numpy.savez"]
BROKEN = ["holds Python objects or a damaged array: write it with numpy.savez"]
DAMAGED = ["is damaged: write it again with numpy.savez"]
PACKED = ["is encrypted or not packed as NumPy does it: write it with numpy.savez"]

# (bytes of the file, words of the answer)
BAD_FILES: list[tuple[str, bytes, list[str]]] = [
    ("empty", b"", NO_ZIP),
    ("text", b"these are my images\n" * 20, NO_ZIP),
    ("HTML", b"<html>no such file</html>" * 20, NO_ZIP),
    ("an .npy", npy(images(10)), NO_ZIP),
    ("a .tar.gz", gzip.compress(bytes(1000)), NO_ZIP),
    ("a PNG", b"\x89PNG\r\n\x1a\n" + bytes(500), NO_ZIP),
    ("cut in the directory", zipped(GOOD)[:-30], NO_ZIP),
    ("cut in half", zipped(GOOD)[:1200], NO_ZIP),
    ("cut to a signature", zipped(GOOD)[:4], NO_ZIP),
    ("without its beginning", zipped(GOOD)[700:], BROKEN),
    ("an empty zip", zipped({}), ["lacks train_images and test_images", "nothing."]),
    ("a zip of pictures", zipped({"1.png": b"x"}), ["lacks", "and holds 1.png."]),
    ("arrays in a folder", zipped({"a/train_images.npy": b""}), ["a/train_images."]),
    ("a member that is no npy", train(b"not an array"), BROKEN),
    ("an empty member", train(b""), BROKEN),
    ("a pickle as member", train(b"\x80\x05N."), BROKEN),
    ("a magic string alone", train(b"\x93NUMPY\x01\x00"), BROKEN),
    ("an unknown version", train(b"\x93NUMPY\x09\x00\x02\x00{}"), BROKEN),
    ("a header of 4 GB", train(b"\x93NUMPY\x02\x00\xff\xff\xff\xff"), BROKEN),
    ("a header cut short", train(npy(images(10))[:50]), BROKEN),
    ("numbers cut short", train(npy(images(10))[:-1]), BROKEN),
    ("numbers too many", train(npy(images(10)) + b"x"), BROKEN),
    ("a header of brackets", train(lying("(" * 90)), BROKEN),
    ("a header of minuses", train(lying("-" * 9000 + "1")), BROKEN),
    ("a header with other keys", train(lying("1, 1: 2, 2.0: 3")), BROKEN),
    ("a negative side", train(lying("(-1, 8, 8, 3)")), BROKEN),
    ("negative sides", train(lying("(-2, -5)")), BROKEN),
    ("a side that is no number", train(lying("('a',)")), BROKEN),
    ("a side that is true", train(lying("(True,)", b"x")), BROKEN),
    ("a side of 70 bits", train(lying(f"({2**70},)")), BROKEN),
    ("no images of 70 bits", train(lying(f"(0, {2**70}, 8, 3)", b"")), BROKEN),
    ("sides that overflow", train(lying("(4294967296, 4294967296)")), BROKEN),
    ("numbers of no size", train(lying("(10,)", b"", "'|V0'")), BROKEN),
    ("numbers of unknown type", train(lying("(10,)", descr="'<q9'")), BROKEN),
    ("a lying shape: 10^12 numbers", train(lying("(1000000000000,)")), BROKEN),
    ("a lying shape: 6 GB", train(lying("(2000000, 32, 32, 3)")), BROKEN),
    (
        "a lying shape, compressed",
        train(lying("(2000000, 32, 32, 3)"), zipfile.ZIP_DEFLATED),
        BROKEN,
    ),
    ("a lying type", train(lying("(1,)", descr="'|V6000000000'")), BROKEN),
    ("more after the numbers: 64 MB", train(lying("(0,)", bytes(64 * MB), "'|u1'"), 8),
     BROKEN),
    ("an unknown compression", patched(6, b"\x63\x00", CENTRAL), PACKED),
    ("bzip2", zipped(GOOD, zipfile.ZIP_BZIP2), PACKED),
    ("encryption", with_flag(0x1), PACKED),
    ("strong encryption", with_flag(0x41), PACKED),
    ("a patch", with_flag(0x20), PACKED),
    ("a version of the future", patched(2, b"\xff\x00", CENTRAL), NO_ZIP),
    ("a flipped bit", flipped(zipped(GOOD), 500), DAMAGED),
    ("no deflate stream", patched(6, b"\x08\x00", CENTRAL), DAMAGED),
    ("another name inside", patched(26, b"T", LOCAL), DAMAGED),
    ("no local header", zipped(GOOD).replace(LOCAL, b"PK\x00\x00"), DAMAGED),
    ("a member beyond the end", patched(38, b"\xff\xff\xff\x0f", CENTRAL), DAMAGED),
]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.npz"


def refusal(path: Path) -> str:
    with pytest.raises(ImageSourceError) as caught:
        read_npz(path, None)
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


def test_a_size_that_the_archive_itself_claims_takes_no_memory_either(
    path, check_sentence
):
    size = 3_000_000_000
    header = len(lying("(1111111111,)", b""))
    content = train(lying(f"({size - header},)", b""), zipfile.ZIP_DEFLATED)
    # The uncompressed size in the directory, which is where Python looks.
    before, entry, rest = content.split(CENTRAL)
    entry = entry[:20] + struct.pack("<L", size) + entry[24:]
    path.write_bytes(CENTRAL.join([before, entry, rest]))

    message, most = refusal_and_memory(path)

    check_sentence(message, BROKEN)
    assert most < HARMLESS_BYTES


def test_images_that_do_not_fit_into_memory_are_answered_in_one_sentence(
    path, check_sentence, monkeypatch
):
    path.write_bytes(zipped(GOOD))
    read = zipfile.ZipExtFile.read

    def read_little(file: zipfile.ZipExtFile, size: int) -> bytes:
        if size == npz_archive._CHUNK:
            raise MemoryError
        return read(file, size)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", read_little)

    words = ["does not fit into memory: give images.path a file of fewer images"]
    check_sentence(refusal(path), words)


def test_a_folder_is_no_file(path, check_sentence):
    path.mkdir()

    check_sentence(refusal(path), ["is not a file: give images.path the npz file"])


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


def test_a_source_without_its_path_is_answered_in_one_sentence(
    tmp_path, check_sentence
):
    source = ImageSource(tmp_path / "a", "http://127.0.0.1:1", "0" * 64, tmp_path)

    with pytest.raises(ImageSourceError) as caught:
        source.read("npz", path=None, name=None, seed=0)

    check_sentence(str(caught.value), ["images.path is not given", "images.path=FILE"])


def test_keys_that_are_not_used_do_no_harm(path):
    extra = {"notes": np.array("by hand"), "mask": np.zeros(3), "x": np.array([None])}
    np.savez(path, train_images=images(10), test_images=images(1), **extra)

    assert read_npz(path, None).train_images.shape == (10, 8, 8, 3)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("order", ["C", "F"])
def test_good_files_are_read_as_numpy_reads_them(path, method, order):
    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (10, 8, 9, 3), dtype=np.uint8)
    array = np.asarray(train, order=order)
    test = npy(images(1, 8, 9, 3))
    members = {"train_images.npy": npy(array), "test_images.npy": test}
    path.write_bytes(zipped(members, method))

    raw = read_npz(path, None)

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
                read_npz(path, None)
            except ImageSourceError as error:
                check_sentence(str(error), [str(path)])
                refused += 1
    assert refused > 200


# CIFAR-10's archive, whose SHA-256 is the one of the catalog


def test_the_archive_of_these_tests_is_good_until_it_is_spoilt(tmp_path, batches, pack):
    archive = place(tmp_path, pack(batches))

    raw = read_cifar10(*archive)

    assert raw.train_images.shape == (10, 32, 32, 3)
    assert raw.test_images.shape == (2, 32, 32, 3)


def place(tmp_path: Path, body: bytes) -> tuple[Path, str, str]:
    """Put an archive in its place; where it is, its address and its SHA-256."""
    archive = tmp_path / "01_raw" / "cifar-10-python.tar.gz"
    archive.parent.mkdir()
    archive.write_bytes(body)
    return archive, "http://127.0.0.1:1/", hashlib.sha256(body).hexdigest()


FOLDER = "cifar-10-batches-py"
SYMLINK, LINK, DIR = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE

NOT_CIFAR10 = ["does not hold CIFAR-10's batches", "restore url and sha256", "again"]
UNPACKING = ["cannot be unpacked into its folder (", "run again"]

# (members beside the good ones, where OUTSIDE is an absolute path; words of the answer)
EVIL_MEMBERS: list[tuple[str, list[dict[str, Any]], list[str]]] = [
    ("a path upwards", [{"name": "../evil"}], NOT_CIFAR10),
    ("a path far upwards", [{"name": "../../evil"}], NOT_CIFAR10),
    ("a path out of the folder", [{"name": f"{FOLDER}/../../evil"}], NOT_CIFAR10),
    ("a path upwards from the folder", [{"name": f"{FOLDER}/.."}], UNPACKING),
    ("an absolute path", [{"name": "OUTSIDE/evil"}], NOT_CIFAR10),
    ("an absolute path of pax", [{"pax": {"path": "OUTSIDE/evil"}}], NOT_CIFAR10),
    ("a file elsewhere", [{"name": "evil"}], NOT_CIFAR10),
    ("a folder elsewhere", [{"name": "other", "type": DIR}], NOT_CIFAR10),
    ("a folder upwards", [{"name": "../evil", "type": DIR}], NOT_CIFAR10),
    ("the folder as a file", [{"name": FOLDER}], NOT_CIFAR10),
    ("no name", [{"name": ""}], NOT_CIFAR10),
    ("a dot", [{"name": "."}], NOT_CIFAR10),
    ("a zero byte", [{"pax": {"path": f"{FOLDER}/a\0b"}}], NOT_CIFAR10),
    ("a name too long", [{"name": f"{FOLDER}/{'x' * 300}"}], UNPACKING),
    ("a link upwards", [{"type": SYMLINK, "link": "../../evil"}], NOT_CIFAR10),
    ("a link elsewhere", [{"type": SYMLINK, "link": "OUTSIDE"}], NOT_CIFAR10),
    (
        "a file through a link",
        [{"type": SYMLINK, "link": "../.."}, {"name": f"{FOLDER}/a/evil"}],
        NOT_CIFAR10,
    ),
    (
        "the folder as a link",
        [{"name": FOLDER, "type": SYMLINK, "link": "OUTSIDE"}],
        NOT_CIFAR10,
    ),
    ("a link to itself", [{"type": SYMLINK, "link": "a"}], NOT_CIFAR10),
    (
        "a batch as a link",
        [{"name": f"{FOLDER}/test_batch", "type": SYMLINK, "link": "OUTSIDE/secret"}],
        NOT_CIFAR10,
    ),
    ("a hard link upwards", [{"type": LINK, "link": "../evil"}], NOT_CIFAR10),
    ("a hard link elsewhere", [{"type": LINK, "link": "OUTSIDE/secret"}], NOT_CIFAR10),
    ("a hard link to nothing", [{"type": LINK, "link": f"{FOLDER}/x"}], NOT_CIFAR10),
    ("a character device", [{"type": tarfile.CHRTYPE}], NOT_CIFAR10),
    ("a block device", [{"type": tarfile.BLKTYPE}], NOT_CIFAR10),
    ("a pipe", [{"type": tarfile.FIFOTYPE}], NOT_CIFAR10),
    ("a time out of range", [{"pax": {"mtime": "1e300"}}], NOT_CIFAR10),
    ("a time that is no number", [{"pax": {"mtime": "nan"}}], NOT_CIFAR10),
    ("a size of a petabyte", [{"pax": {"size": str(10**15)}}], NOT_CIFAR10),
    ("a size that leads backwards", [{"pax": {"size": "-1536"}}], NOT_CIFAR10),
]


@pytest.fixture
def assert_refused(tmp_path: Path, check_sentence: Callable[..., None]) -> Any:
    """What asserts that an archive is refused, and that it leaves nothing anywhere."""

    def check(body: bytes, words: Sequence[str] = NOT_CIFAR10) -> None:
        archive = place(tmp_path, body)
        before = everything(tmp_path)
        with pytest.raises(ImageSourceError) as caught:
            read_cifar10(*archive)
        check_sentence(str(caught.value), [str(archive[0]), *words])
        assert everything(tmp_path) == before

    return check


def everything(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize(
    ("members", "words"),
    [row[1:] for row in EVIL_MEMBERS],
    ids=[row[0] for row in EVIL_MEMBERS],
)
def test_an_archive_with_an_evil_member_is_refused_and_writes_nothing(
    members, words, first, tmp_path, batches, pack, assert_refused
):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("kept")
    member = type(batches[0])
    evil = [
        member(**{"name": f"{FOLDER}/a", **placed(entry, outside)}) for entry in members
    ]

    assert_refused(pack([*evil, *batches] if first else [*batches, *evil]), words)


def placed(member: dict[str, Any], outside: Path) -> dict[str, Any]:
    """Put the absolute path of a folder where a member says OUTSIDE."""

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put(item) for key, item in value.items()}
        return (
            value.replace("OUTSIDE", str(outside)) if isinstance(value, str) else value
        )

    return {key: put(value) for key, value in member.items()}


@pytest.mark.parametrize("kept", [0, 1, 10, 200, -200])
def test_an_archive_that_ends_early_is_refused(kept, batches, pack, assert_refused):
    assert_refused(pack(batches)[:kept])


@pytest.mark.parametrize("missing", ["data_batch_1", "data_batch_5", "test_batch"])
def test_an_archive_without_a_batch_is_refused(missing, batches, pack, assert_refused):
    assert_refused(pack([m for m in batches if not m.name.endswith(missing)]))


@pytest.mark.parametrize("spoilt", ["data_batch_3", "test_batch", "batches.meta"])
def test_an_archive_with_a_batch_of_another_md5_is_refused(
    spoilt, batches, pack, assert_refused
):
    kind = type(batches[0])
    assert_refused(
        pack(
            [
                kind(m.name, m.content + b"x") if m.name.endswith(spoilt) else m
                for m in batches
            ]
        )
    )


@pytest.mark.parametrize(
    "body",
    [b"text", b"", gzip.compress(b"text"), gzip.compress(b""), b"PK\x03\x04"],
    ids=["text", "empty", "packed text", "packed nothing", "a zip"],
)
def test_what_is_no_archive_is_refused(body, batches, assert_refused):
    assert_refused(body)


def test_an_archive_of_nothing_is_refused(batches, pack, assert_refused):
    assert_refused(pack([]))


def test_a_stream_that_is_damaged_is_refused(batches, pack, assert_refused):
    body = pack(batches)

    assert_refused(flipped(body, len(body) // 2))


def test_an_archive_of_another_sha256_is_not_even_opened(
    tmp_path, batches, pack, check_sentence, monkeypatch
):
    archive, url, _ = place(tmp_path, pack(batches))
    monkeypatch.setattr(tarfile, "open", None)

    with pytest.raises(ImageSourceError) as caught:
        read_cifar10(archive, url, "0" * 64)

    check_sentence(str(caught.value), [str(archive), "is not the CIFAR-10 archive"])


def test_an_archive_that_may_not_be_read_is_named(
    open_folder, batches, pack, check_sentence, as_stranger
):
    archive = place(open_folder, pack(batches))
    archive[0].chmod(0)

    with as_stranger(), pytest.raises(ImageSourceError) as caught:
        read_cifar10(*archive)

    check_sentence(
        str(caught.value), [str(archive[0]), "cannot be read (Permission denied): give"]
    )


def test_a_folder_of_the_archive_that_may_not_be_entered_is_named(
    open_folder, batches, pack, check_sentence, as_stranger
):
    archive = place(open_folder, pack(batches))
    archive[0].parent.chmod(0)

    with as_stranger(), pytest.raises(ImageSourceError) as caught:
        read_cifar10(*archive)

    check_sentence(
        str(caught.value), [str(archive[0]), "cannot be read (Permission denied): give"]
    )


def test_a_folder_that_may_not_be_written_is_named(
    open_folder, batches, pack, check_sentence, as_stranger
):
    archive = place(open_folder, pack(batches))
    archive[0].parent.chmod(0o555)

    with as_stranger(), pytest.raises(ImageSourceError) as caught:
        read_cifar10(*archive)

    check_sentence(str(caught.value), [str(archive[0]), "cannot be unpacked"])
