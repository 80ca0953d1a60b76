"""Versions that are saved whole or not at all, through any inner dataset."""

from __future__ import annotations

import errno
import hashlib
import inspect
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import AbstractDataset, DatasetError
from kedro.io.core import Version, VersionNotFoundError
from matplotlib.figure import Figure

from denoising_autoencoder.artifacts import files as artifact_files
from denoising_autoencoder.artifacts import integrity
from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.compute.chunked import ChunkedArray
from denoising_autoencoder.datasets import atomic
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.figure import FigureDataset
from denoising_autoencoder.datasets.table import TableDataset
from denoising_autoencoder.errors import DatasetFileError

CSV = {"type": TableDataset}
JSON = {"type": "json.JSONDataset"}
FIRST, SECOND, THIRD = (f"2026-01-0{day}T00.00.00.000Z" for day in (1, 2, 3))


class TextDataset(AbstractDataset[str, str]):
    """Writes the first half of a text, then does what the text asks for."""

    def __init__(self, *, filepath: str) -> None:
        self._filepath = Path(filepath)

    def load(self) -> str:
        return self._filepath.read_text()

    def save(self, data: str) -> None:
        with self._filepath.open("w") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            if data == "fail":
                raise ValueError("no more room")
            if data == "full":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if data == "interrupt":
                raise KeyboardInterrupt
            file.write(data[len(data) // 2 :])

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


TEXT = {"type": TextDataset}


def dataset(
    path: Path,
    save: str | None = None,
    load: str | None = None,
    inner: dict[str, Any] = TEXT,
    verify: integrity.Verify = "quick",
) -> AtomicDataset:
    return AtomicDataset(
        filepath=path.as_posix(),
        dataset=inner,
        version=Version(load, save),
        verify=verify,
    )


def versions(path: Path, inner: dict[str, Any] = TEXT) -> list[str]:
    return dataset(path, inner=inner).list_versions(full_path=False)


def files(folder: Path) -> list[str]:
    """Every file except the lineages, and every empty folder, below a folder."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.is_file() and path.name != "lineage.json")
        or (path.is_dir() and not any(path.iterdir()))
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "text.txt"


@pytest.fixture
def saved(path: Path) -> Path:
    """The path of a text with one saved version."""
    dataset(path, FIRST).save("first")
    return path


# Versions


def test_a_version_is_a_file_and_its_lineage_in_a_folder_of_its_name(path):
    dataset(path, FIRST).save("first")

    assert [version.name for version in path.iterdir()] == [FIRST]
    found = sorted(file.name for file in (path / FIRST).iterdir())
    assert found == ["lineage.json", "text.txt"]
    assert (path / FIRST / "text.txt").read_text() == "first"


def test_the_newest_version_wins_and_older_ones_can_be_asked_for(path):
    dataset(path, SECOND).save("second")
    dataset(path, FIRST).save("first")

    assert versions(path) == [SECOND, FIRST]
    assert dataset(path).load() == "second"
    assert dataset(path, load=FIRST).load() == "first"
    assert dataset(path).path == path / SECOND / "text.txt"
    assert dataset(path, load=FIRST).path == path / FIRST / "text.txt"


def test_a_version_is_generated_if_none_is_given(path):
    atomic_dataset = dataset(path)

    atomic_dataset.save("some")

    assert versions(path) == [atomic_dataset.resolve_save_version()]
    assert atomic_dataset.load() == "some"


def test_a_copy_is_not_a_version_and_is_named_once(saved, caplog):
    """By its name it would be the newest from then on."""
    shutil.copytree(saved / FIRST, saved / "backup")
    dataset(saved, SECOND).save("second")

    assert versions(saved) == [SECOND, FIRST]
    assert dataset(saved).load() == "second"
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{saved / 'backup'} is not read: its name is not one that a run gives to a "
        "version, such as 2026-01-31T12.30.00.000Z."
    )
    assert dataset(saved, load="backup").load() == "first"  # asked for by its name


def test_a_folder_that_cannot_be_read_is_named(saved, monkeypatch):
    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(DatasetError) as caught:
        dataset(saved).exists()
    assert str(caught.value.__cause__) == (
        f"{saved} cannot be read (Permission denied): give access to it."
    )


def test_a_newest_version_that_may_not_be_entered_is_not_passed_over(
    saved, monkeypatch
):
    """The one before it would be read without a word."""
    dataset(saved, SECOND).save("second")
    newest, stat = saved / SECOND / "text.txt", os.stat

    def refuse(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path) == str(newest):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refuse)

    with pytest.raises(DatasetError, match=r"cannot be read \(Permission denied\)"):
        dataset(saved).exists()


def test_an_entry_must_be_versioned(path):
    with pytest.raises(DatasetError, match="'version'"):
        AbstractDataset.from_config(
            "text", {"type": AtomicDataset, "filepath": str(path), "dataset": TEXT}
        )


def test_a_dataset_loads_its_own_version_though_another_run_saves_newer_ones(
    path, recwarn
):
    dataset(path, SECOND).save("of another run")
    ours = dataset(path, FIRST)
    ours.save("ours")
    dataset(path, THIRD).save("of a third run")

    assert ours.load() == "ours"
    assert ours.path == path / FIRST / "text.txt"
    ours.release()  # as Kedro does after the last node that reads it
    assert ours.load() == "ours"
    assert dataset(path).load() == "of a third run"
    assert not recwarn.list


def test_a_version_is_never_saved_twice(saved):
    with pytest.raises(DatasetError, match="has saved this version: wait for it"):
        dataset(saved, FIRST).save("other")

    assert dataset(saved).load() == "first"
    assert files(saved) == [f"{FIRST}/text.txt"]


def test_a_version_exists_once_it_is_saved(path):
    assert not dataset(path).exists()
    assert versions(path) == []
    with pytest.raises(VersionNotFoundError, match="Did not find any versions"):
        dataset(path).load()

    dataset(path, FIRST).save("first")

    assert dataset(path).exists()
    assert dataset(path, load=FIRST).exists()
    assert dataset(path).has(FIRST)
    assert not dataset(path, load=SECOND).exists()
    assert not dataset(path).has(SECOND)
    with pytest.raises(DatasetError, match="No such file"):
        dataset(path, load=SECOND).load()


def test_a_version_is_discarded_and_saved_again(path):
    for version in (FIRST, SECOND):
        dataset(path, version).save(version)

    dataset(path).discard(SECOND)
    dataset(path).discard(SECOND)  # which is not there any more

    assert dataset(path).load() == FIRST
    dataset(path, SECOND).save("again")
    assert dataset(path).load() == "again"


def test_the_filepath_for_kedro_viz_is_the_newest_file(path):
    assert dataset(path).filepath == str(path)

    dataset(path, FIRST).save("old")
    dataset(path, SECOND).save("new")

    assert dataset(path).filepath == str(path / SECOND / path.name)


@pytest.mark.parametrize("folder", ["[x]", "a*b", "what?", "[!a]", "with space"])
def test_a_folder_may_have_characters_of_a_pattern(tmp_path, folder):
    if os.name == "nt" and set(folder) & set("*?"):
        pytest.skip("Windows allows no such folder")
    path = tmp_path / folder / "text[0].txt"
    dataset(tmp_path / "x" / path.name, FIRST).save("of a folder that [x] would match")

    assert versions(path) == []

    dataset(path, FIRST).save("first")
    dataset(path, SECOND).save("second")

    assert versions(path) == [SECOND, FIRST]
    assert dataset(path).load() == "second"


# Every inner dataset of the project


def plain(data: Any) -> Any:
    """A data frame as a dictionary, so that anything can be compared."""
    return data.to_dict("list") if isinstance(data, pd.DataFrame) else data


def preview_kind(dataset: AtomicDataset) -> str:
    """The kind of a preview, as kedro-viz finds it."""
    annotation = inspect.signature(dataset.preview).return_annotation
    return getattr(annotation, "__name__", str(annotation))


@pytest.mark.parametrize(
    ("inner", "name", "data", "kind"),
    [
        (CSV, "a.csv", pd.DataFrame({"step": [0, 1], "mse": [0.5, 0.25]}), "Table"),
        (JSON, "a.json", {"std": 0.3, "kind": "gaussian"}, "JSON"),
        (
            {"type": "denoising_autoencoder.datasets.array.ImageArrayDataset"},
            "a.npy",
            np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3),
            "Image",
        ),
        (
            {"type": "denoising_autoencoder.datasets.model.ModelDataset"},
            "a.safetensors",
            ({"w": np.ones((2, 3), np.float32)}, {"network": "report"}),
            "JSON",
        ),
    ],
)
def test_an_inner_dataset_saves_loads_and_previews(tmp_path, inner, name, data, kind):
    path = tmp_path / name

    dataset(path, FIRST, inner=inner).save(data)

    saved = dataset(path, inner=inner)
    np.testing.assert_equal(plain(saved.load()), plain(data))
    assert files(path) == [f"{FIRST}/{name}"]
    assert preview_kind(saved) == f"{kind}Preview"
    direct = AbstractDataset.from_config(
        "direct", {**inner, "filepath": str(path / FIRST / name)}
    )
    assert saved.preview() == direct.preview()


def test_the_preview_is_that_of_the_version_that_is_loaded(tmp_path):
    path = tmp_path / "a.json"
    dataset(path, FIRST, inner=JSON).save({"std": 1})
    dataset(path, SECOND, inner=JSON).save({"std": 2})

    assert dataset(path, inner=JSON).preview() == '{"std": 2}'
    assert dataset(path, load=FIRST, inner=JSON).preview() == '{"std": 1}'


def test_there_is_no_preview_before_a_save_or_without_one_of_the_inner_dataset(
    tmp_path, saved
):
    assert not hasattr(dataset(tmp_path / "a.csv", inner=CSV), "preview")
    assert not hasattr(dataset(saved), "preview")


# Saves that fail


@pytest.mark.parametrize("before", [[], [FIRST]])
@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("fail", DatasetError, "no more room"),
        ("full", DatasetError, rf"{SECOND}/text\.txt cannot be written \(No space"),
        ("interrupt", KeyboardInterrupt, None),
    ],
)
def test_a_save_that_fails_leaves_no_trace_and_can_be_repeated(
    path, before, text, error, words
):
    for version in before:
        dataset(path, version).save("first")
    failing = dataset(path, SECOND)

    with pytest.raises(error, match=words) as caught:
        failing.save(text)

    assert isinstance(caught.value.__cause__, DatasetFileError) == (text == "full")
    assert [folder.name for folder in path.iterdir()] == before
    assert versions(path) == before
    if before:
        assert failing.load() == "first"
    dataset(path, SECOND).save("second")
    assert dataset(path).load() == "second"


def test_a_half_written_version_that_a_kill_left_is_not_seen(saved):
    half_written = saved / ".0123456789abcdef" / "text.txt"
    half_written.parent.mkdir()
    half_written.write_text("ha")

    assert versions(saved) == [FIRST]
    assert dataset(saved).load() == "first"


def test_a_folder_with_the_name_of_the_version_is_not_touched(saved):
    foreign = saved / SECOND / "note.txt"
    foreign.parent.mkdir()
    foreign.write_text("by hand")

    with pytest.raises(DatasetError, match=r"cannot be written .* same millisecond"):
        dataset(saved, SECOND).save("second")

    assert files(saved) == [f"{FIRST}/text.txt", f"{SECOND}/note.txt"]
    assert versions(saved) == [FIRST]


def test_everything_is_on_the_disk_before_the_version_gets_its_name(path, monkeypatch):
    events = []
    flush, rename = atomic.flush, Path.rename

    def flushed(what: Path) -> None:
        hidden = what.name if what.parent == path else what.parent.name
        name = "folder" if what.parent == path else what.name
        events.append(("flush", name, hidden.startswith("."), (path / FIRST).exists()))
        flush(what)

    def renamed(source: Path, target: Path) -> Path:
        events.append(("rename", source.parent == target.parent, target.name))
        return rename(source, target)

    monkeypatch.setattr(atomic, "flush", flushed)
    monkeypatch.setattr(Path, "rename", renamed)

    dataset(path, FIRST).save("first")

    assert events == [
        ("flush", "text.txt", True, False),
        ("flush", "lineage.json", True, False),
        ("flush", "folder", True, False),
        ("rename", True, FIRST),
        ("flush", "text.txt", False, True),  # the folder of all versions
    ]


# Equal bytes


def inode(path: Path) -> int:
    return path.stat().st_ino


def test_equal_bytes_are_one_file_on_the_disk_that_nobody_may_write(path):
    texts = {FIRST: "same", SECOND: "other", THIRD: "same"}
    for version, text in texts.items():
        dataset(path, version).save(text)

    first, second, third = (path / version / "text.txt" for version in texts)
    assert inode(first) == inode(third) != inode(second)
    assert {v: dataset(path, load=v).load() for v in texts} == texts
    assert files(path) == [f"{version}/text.txt" for version in texts]
    if os.name != "nt":  # where it could not be removed either
        assert [file.stat().st_mode & 0o622 for file in (first, second)] == [0o400] * 2


def test_equal_bytes_are_not_written_a_second_time(tmp_path, monkeypatch):
    path, numbers = tmp_path / "numbers.npy", np.arange(12.0).reshape(3, 4)
    arrays = {"type": ArrayDataset}
    dataset(path, FIRST, inner=arrays).save(numbers)

    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic, "write", no_room)
    dataset(path, SECOND, inner=arrays).save(numbers)
    with pytest.raises(DatasetError, match="No space left"):
        dataset(path, THIRD, inner=arrays).save(numbers.T)

    assert files(path) == [f"{v}/numbers.npy" for v in (FIRST, SECOND)]


def in_chunks(numbers: np.ndarray) -> ChunkedArray:
    return ChunkedArray(numbers.shape, numbers.dtype, numbers.__getitem__)


def test_equal_chunks_are_one_file_with_the_lineage_of_the_whole(tmp_path):
    path, numbers = tmp_path / "numbers.npy", np.arange(12.0).reshape(3, 4)
    arrays = {"type": ArrayDataset}
    saved = {FIRST: numbers, SECOND: in_chunks(numbers), THIRD: in_chunks(-numbers)}
    for version, data in saved.items():
        dataset(path, version, inner=arrays).save(data)

    first, second, third = (path / version / "numbers.npy" for version in saved)
    assert inode(first) == inode(second) != inode(third)
    np.testing.assert_array_equal(np.load(third), -numbers)
    whole, chunks, other = (dataset(path).lineage(version) for version in saved)
    assert whole == chunks
    assert other.sha256 == hashlib.sha256(third.read_bytes()).hexdigest()
    assert not third.stat().st_mode & 0o222


def test_chunks_that_cannot_be_computed_leave_no_version(tmp_path):
    def fail(rows: slice) -> np.ndarray:
        raise ValueError(f"no row {rows.start}")

    path = tmp_path / "numbers.npy"
    with pytest.raises(DatasetError, match="no row 0"):
        dataset(path, FIRST, inner={"type": ArrayDataset}).save(
            ChunkedArray((3, 4), np.float32, fail)
        )

    assert list(path.iterdir()) == []


def test_a_link_to_an_equal_file_is_not_shared(saved, tmp_path):
    """It would break with its target."""
    elsewhere = tmp_path / "elsewhere"
    (saved / FIRST / "text.txt").rename(elsewhere)
    (saved / FIRST / "text.txt").symlink_to(elsewhere)

    dataset(saved, SECOND).save("first")

    assert not (saved / SECOND / "text.txt").is_symlink()
    assert inode(saved / SECOND / "text.txt") != inode(elsewhere)


def test_only_the_newest_equal_version_is_looked_at(path, monkeypatch):
    """Where there are no links, reading all of them could take minutes."""
    for version in (FIRST, SECOND):
        dataset(path, version).save("same")
    asked = []

    def no_links(_: Path, twin: Path) -> None:
        asked.append(twin.parent.name)
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    monkeypatch.setattr(artifact_files, "_holds", None)  # nothing is read either
    dataset(path, THIRD).save("same")

    assert asked == [SECOND]


@pytest.mark.parametrize(
    ("function", "code"),
    [("fsync", errno.EINVAL), ("chmod", errno.EPERM), ("fsync", errno.ENOTSUP)],
)
def test_a_file_system_without_flushes_or_modes_is_enough(
    path, monkeypatch, function, code
):
    """Shared folders of virtual machines, for example."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, function, refuse)
    dataset(path, FIRST).save("first")

    assert dataset(path).load() == "first"


def test_a_flush_that_loses_bytes_is_an_error(path, monkeypatch):
    def defective(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", defective)
    with pytest.raises(DatasetError, match="cannot be written"):
        dataset(path, FIRST).save("first")

    assert versions(path) == []


def test_a_damaged_file_is_not_shared(saved):
    (saved / FIRST / "text.txt").chmod(0o644)
    (saved / FIRST / "text.txt").write_text("fXrst")

    dataset(saved, SECOND).save("first")

    assert dataset(saved).load() == "first"
    assert (saved / FIRST / "text.txt").read_text() == "fXrst"


def test_a_damaged_record_of_an_old_version_does_not_stop_a_save(saved):
    (saved / FIRST / "lineage.json").write_text("{")

    dataset(saved, SECOND).save("first")

    assert dataset(saved).load() == "first"


def test_equal_bytes_are_two_files_where_there_are_no_links(saved, monkeypatch):
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", no_links)

    dataset(saved, SECOND).save("first")

    assert inode(saved / FIRST / "text.txt") != inode(saved / SECOND / "text.txt")
    assert dataset(saved).load() == "first"
    assert files(saved) == [f"{FIRST}/text.txt", f"{SECOND}/text.txt"]


# Lineage


def test_the_lineage_is_what_made_the_file_and_its_hash(path):
    ours = dataset(path, FIRST)
    ours.made_by = Lineage(
        dataset="text", node="write", parameters={"seed": 1}, siblings=("twin",)
    )

    ours.save("first")

    digest = hashlib.sha256(b"first").hexdigest()
    expected = replace(ours.made_by, sha256=digest, size=5)
    assert dataset(path).lineage() == expected
    assert dataset(path).lineage(FIRST) == expected


def test_a_file_put_there_by_hand_has_a_lineage_of_only_its_hash(path):
    file = path / FIRST / "text.txt"
    file.parent.mkdir(parents=True)
    file.write_text("by hand")

    lineage = dataset(path).lineage()

    assert lineage == Lineage(sha256=hashlib.sha256(b"by hand").hexdigest())


def test_a_damaged_lineage_is_named(saved):
    (saved / FIRST / "lineage.json").write_text("{")

    with pytest.raises(DatasetFileError, match=r"lineage\.json is damaged: delete"):
        dataset(saved).lineage()


# Whether a file is what was saved


def damage(file: Path, content: bytes) -> None:
    file.chmod(0o644)
    file.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"fIrst", b"first and more"])
def test_a_file_that_is_not_what_was_saved_is_damaged(saved, content):
    file = saved / FIRST / "text.txt"
    damage(file, content)

    with pytest.raises(DatasetError, match=f"{file} is damaged, .*verify=skip"):
        dataset(saved).load()


def test_a_large_file_is_compared_by_its_size_and_in_full_if_asked_for(
    saved, monkeypatch
):
    monkeypatch.setattr(integrity, "_QUICK", 4)
    file = saved / FIRST / "text.txt"
    damage(file, b"fIrst")

    assert dataset(saved).load() == "fIrst"
    with pytest.raises(DatasetError, match="is damaged"):
        dataset(saved, verify="full").load()
    damage(file, b"firs")
    with pytest.raises(DatasetError, match="is damaged"):
        dataset(saved).load()


def test_a_file_that_was_changed_on_purpose_can_be_accepted(saved):
    damage(saved / FIRST / "text.txt", b"by hand")

    accepted = dataset(saved, verify="skip")

    assert accepted.load() == "by hand"
    # What is made from it records what was read.
    assert accepted.lineage().sha256 == hashlib.sha256(b"by hand").hexdigest()


def test_the_other_form_of_a_file_is_recorded_and_compared_in_full(tmp_path):
    path, inner = tmp_path / "a.png", {"type": FigureDataset}
    dataset(path, FIRST, inner=inner).save(Figure(figsize=(1, 1), dpi=50))
    pdf = path / FIRST / "a.pdf"

    recorded = dataset(path, inner=inner).lineage().other_forms
    assert recorded == {"a.pdf": hashlib.sha256(pdf.read_bytes()).hexdigest()}

    damage(pdf, b"damaged")
    dataset(path, inner=inner).load()  # nothing reads the PDF
    with pytest.raises(DatasetError, match=r"a\.pdf is damaged"):
        dataset(path, inner=inner, verify="full").load()
    pdf.unlink()
    os.mkfifo(pdf)
    with pytest.raises(DatasetError, match=r"a\.pdf is damaged"):
        dataset(path, inner=inner, verify="full").load()


def test_a_file_that_may_not_be_read_is_named_by_the_check_before_a_run(
    saved, monkeypatch
):
    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(integrity, "sha256", refuse)

    with pytest.raises(DatasetFileError, match=r"cannot be read \(Permission denied\)"):
        dataset(saved).check()


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_not_a_file_is_not_read(saved, kind):
    file = saved / FIRST / "text.txt"
    file.unlink()
    {
        "pipe": lambda: os.mkfifo(file),
        "device": lambda: file.symlink_to("/dev/zero"),
        "folder": file.mkdir,
    }[kind]()

    with pytest.raises(DatasetError, match="is not a file: delete the folder"):
        dataset(saved, verify="skip").load()


# Files beside the file


def test_a_file_beside_the_file_is_shared_too_unless_it_is_damaged(tmp_path):
    path, inner = tmp_path / "a.png", {"type": FigureDataset}
    figure = Figure(figsize=(1, 1), dpi=50)
    for version in (FIRST, SECOND):
        dataset(path, version, inner=inner).save(figure)

    first, second, third = (path / v / "a.pdf" for v in (FIRST, SECOND, THIRD))
    assert first.read_bytes().startswith(b"%PDF-")
    assert inode(first) == inode(second)
    assert preview_kind(dataset(path, inner=inner)) == "ImagePreview"

    first.chmod(0o644)
    first.write_bytes(b"damaged")
    dataset(path, THIRD, inner=inner).save(figure)

    assert third.read_bytes().startswith(b"%PDF-")
    assert inode(path / FIRST / "a.png") == inode(path / THIRD / "a.png")
    names = ("a.pdf", "a.png")
    assert files(path) == [f"{v}/{n}" for v in (FIRST, SECOND, THIRD) for n in names]
