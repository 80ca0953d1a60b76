from __future__ import annotations

import errno
import hashlib
import inspect
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import AbstractDataset, DatasetError
from kedro.io.core import Version, VersionNotFoundError
from matplotlib.figure import Figure

from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.datasets import atomic
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.figure import FigureDataset
from denoising_autoencoder.errors import DatasetFileError
from tests import processes

CSV = {"type": "pandas.CSVDataset", "save_args": {"index": False}}
FIRST, SECOND = "2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"


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
) -> AtomicDataset:
    return AtomicDataset(
        filepath=path.as_posix(), dataset=inner, version=Version(load, save)
    )


def versions(path: Path, inner: dict[str, Any] = TEXT) -> list[str]:
    return dataset(path, inner=inner).list_versions(full_path=False)


def files(folder: Path) -> list[str]:
    """Every file but the lineages, and every empty folder, below a folder."""
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
    """Where one version is saved already."""
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


def test_a_version_is_made_up_where_none_is_given(path):
    atomic_dataset = dataset(path)

    atomic_dataset.save("some")

    assert versions(path) == [atomic_dataset.resolve_save_version()]
    assert atomic_dataset.load() == "some"


def test_an_entry_must_be_versioned(path):
    with pytest.raises(DatasetError, match="'version'"):
        AbstractDataset.from_config(
            "text", {"type": AtomicDataset, "filepath": str(path), "dataset": TEXT}
        )


def test_what_was_saved_is_loaded_though_another_run_saves_a_newer_version(path):
    ours = dataset(path, FIRST)
    ours.save("ours")

    dataset(path, SECOND).save("of another run")

    assert ours.load() == "ours"
    assert ours.path == path / FIRST / "text.txt"
    ours.release()  # as Kedro does after the last node that reads it
    assert ours.load() == "ours"
    assert dataset(path).load() == "of another run"


def test_what_another_run_saved_meanwhile_does_not_disturb_a_save(path, recwarn):
    dataset(path, SECOND).save("of another run")
    ours = dataset(path, FIRST)

    ours.save("ours")

    assert ours.load() == "ours"
    assert not recwarn.list


def test_a_version_is_never_saved_twice(saved):
    with pytest.raises(DatasetError, match="must not exist if versioning is enabled"):
        dataset(saved, FIRST).save("other")

    assert dataset(saved).load() == "first"
    assert files(saved) == [f"{FIRST}/text.txt"]


def test_a_dataset_exists_from_its_first_version_on(path):
    assert not dataset(path).exists()

    dataset(path, FIRST).save("first")

    assert dataset(path).exists()
    assert dataset(path, load=FIRST).exists()
    assert not dataset(path, load=SECOND).exists()


def test_a_dataset_that_was_never_saved_has_no_versions(path):
    assert versions(path) == []
    with pytest.raises(VersionNotFoundError, match="Did not find any versions"):
        dataset(path).load()


def test_kedro_viz_is_told_the_newest_file_whose_size_it_shows(path):
    assert dataset(path).filepath == str(path)

    dataset(path, save="one").save("old")
    dataset(path, save="two").save("new")

    assert dataset(path).filepath == str(path / "two" / path.name)


def test_a_missing_version_is_an_error(saved):
    with pytest.raises(DatasetError, match="No such file"):
        dataset(saved, load=SECOND).load()


@pytest.mark.parametrize("folder", ["[x]", "a*b", "what?", "[!a]", "with space"])
def test_a_folder_may_have_characters_that_mean_something_in_a_pattern(
    tmp_path, folder
):
    if os.name == "nt" and set(folder) & set("*?"):
        pytest.skip("Windows allows no such folder")
    path = tmp_path / folder / "table[0].csv"
    frame = pd.DataFrame({"a": [1, 2]})

    dataset(path, FIRST, inner=CSV).save(frame)
    dataset(path, SECOND, inner=CSV).save(frame * 2)

    assert versions(path, CSV) == [SECOND, FIRST]
    pd.testing.assert_frame_equal(dataset(path, inner=CSV).load(), frame * 2)
    pd.testing.assert_frame_equal(dataset(path, load=FIRST, inner=CSV).load(), frame)


def test_a_folder_that_a_pattern_would_match_is_not_taken_for_another(tmp_path):
    dataset(tmp_path / "x" / "text.txt", FIRST).save("of the folder x")

    assert not dataset(tmp_path / "[x]" / "text.txt").exists()


def test_a_full_disk_is_named_with_the_file_and_costs_no_version(tmp_path):
    path = tmp_path / "text.txt"
    dataset(path, FIRST).save("whole")

    with pytest.raises(DatasetError) as caught:
        dataset(path, SECOND).save("full")

    assert isinstance(caught.value.__cause__, DatasetFileError)
    sentence = str(caught.value.__cause__)
    assert sentence.startswith(f"{path}/{SECOND}/text.txt cannot be written (No space")
    assert versions(path) == [FIRST]
    assert [found.name for found in path.iterdir()] == [FIRST]


# Every inner dataset of the project


def figure() -> Figure:
    result = Figure(figsize=(1, 1), dpi=50)
    result.subplots().plot([1, 2])
    return result


INNER = {
    "csv": (CSV, "a.csv", pd.DataFrame({"step": [0, 1], "mse": [0.5, 0.25]})),
    "json": ({"type": "json.JSONDataset"}, "a.json", {"std": 0.3, "kind": "gaussian"}),
    "array": ({"type": ArrayDataset}, "a.npy", np.arange(6).reshape(2, 3)),
    "images": (
        {"type": "denoising_autoencoder.datasets.array.ImageArrayDataset"},
        "a.npy",
        np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3),
    ),
    "model": (
        {"type": "denoising_autoencoder.datasets.model.ModelDataset"},
        "a.safetensors",
        ({"w": np.ones((2, 3), np.float32)}, {"network": "report"}),
    ),
}


def plain(data: Any) -> Any:
    """Frames and arrays as lists, so that anything can be compared."""
    if isinstance(data, pd.DataFrame):
        return data.to_dict("list")
    if isinstance(data, np.ndarray):
        return data.tolist()
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    return [plain(item) for item in data] if isinstance(data, tuple) else data


@pytest.mark.parametrize("kind", INNER)
def test_what_was_saved_through_an_inner_dataset_is_loaded_again(tmp_path, kind):
    inner, name, data = INNER[kind]

    dataset(tmp_path / name, FIRST, inner=inner).save(data)

    loaded = dataset(tmp_path / name, inner=inner).load()
    assert plain(loaded) == plain(data)
    assert files(tmp_path) == [f"{name}/{FIRST}/{name}"]


def test_a_figure_is_loaded_as_the_bytes_of_its_png(tmp_path):
    inner = {"type": FigureDataset}

    dataset(tmp_path / "a.png", FIRST, inner=inner).save(figure())

    loaded = dataset(tmp_path / "a.png", inner=inner).load()
    assert loaded.startswith(b"\x89PNG\r\n")
    assert loaded == (tmp_path / "a.png" / FIRST / "a.png").read_bytes()


# Saves that fail


@pytest.mark.parametrize(
    ("text", "error"), [("fail", DatasetError), ("interrupt", KeyboardInterrupt)]
)
def test_a_save_that_fails_leaves_the_former_version_and_no_trace(saved, text, error):
    failing = dataset(saved, SECOND)

    with pytest.raises(error):
        failing.save(text)

    assert files(saved) == [f"{FIRST}/text.txt"]
    assert versions(saved) == [FIRST]
    assert dataset(saved).load() == "first"
    assert failing.load() == "first"


@pytest.mark.parametrize(
    ("text", "error"), [("fail", DatasetError), ("interrupt", KeyboardInterrupt)]
)
def test_a_first_save_that_fails_leaves_nothing(path, text, error):
    with pytest.raises(error):
        dataset(path, FIRST).save(text)

    assert not dataset(path).exists()
    assert versions(path) == []
    assert [name for name in files(path.parent) if "/" in name] == []


def test_the_reason_of_a_failed_save_is_told(saved):
    with pytest.raises(DatasetError, match="no more room"):
        dataset(saved, SECOND).save("fail")


def test_the_version_of_a_failed_save_can_be_saved_again(saved):
    with pytest.raises(DatasetError):
        dataset(saved, SECOND).save("fail")

    dataset(saved, SECOND).save("second")

    assert dataset(saved).load() == "second"


def test_a_folder_that_has_the_name_of_the_version_already_is_left_alone(saved):
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


def test_equal_bytes_are_one_file_on_the_disk(path):
    third = "2026-01-03T00.00.00.000Z"
    for version, text in ((FIRST, "same"), (SECOND, "other"), (third, "same")):
        dataset(path, version).save(text)

    first, second, last = (path / v / "text.txt" for v in (FIRST, SECOND, third))
    assert inode(first) == inode(last) != inode(second)
    assert [dataset(path, load=v).load() for v in (FIRST, SECOND, third)] == [
        "same", "other", "same",
    ]  # fmt: skip
    assert files(path) == [f"{v}/text.txt" for v in (FIRST, SECOND, third)]


def test_equal_bytes_are_not_written_a_second_time(tmp_path, monkeypatch):
    path, numbers = tmp_path / "numbers.npy", np.arange(12.0).reshape(3, 4)
    arrays = {"type": ArrayDataset}
    dataset(path, FIRST, inner=arrays).save(numbers)

    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic, "write", no_room)
    dataset(path, SECOND, inner=arrays).save(numbers)
    with pytest.raises(DatasetError, match="No space left"):
        dataset(path, "2026-01-03T00.00.00.000Z", inner=arrays).save(numbers.T)

    assert files(path) == [f"{v}/numbers.npy" for v in (FIRST, SECOND)]


@pytest.mark.skipif(os.name == "nt", reason="where it could not be removed either")
def test_a_file_that_may_be_shared_may_not_be_written(path):
    dataset(path, FIRST).save("same")
    dataset(path, SECOND).save("same")

    for version in (FIRST, SECOND):
        assert (path / version / "text.txt").stat().st_mode & 0o222 == 0
        assert (path / version / "text.txt").stat().st_mode & 0o400


def test_what_was_damaged_on_the_disk_does_not_spread(saved):
    (saved / FIRST / "text.txt").chmod(0o644)
    (saved / FIRST / "text.txt").write_text("fXrst")

    dataset(saved, SECOND).save("first")

    assert dataset(saved).load() == "first"
    assert dataset(saved, load=FIRST).load() == "fXrst"


def test_a_damaged_record_of_an_old_version_does_not_stop_a_save(saved):
    (saved / FIRST / "lineage.json").write_text("{")

    dataset(saved, SECOND).save("first")

    assert dataset(saved).load() == "first"


def test_where_there_are_no_links_equal_bytes_are_two_files(saved, monkeypatch):
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", no_links)

    dataset(saved, SECOND).save("first")

    assert inode(saved / FIRST / "text.txt") != inode(saved / SECOND / "text.txt")
    assert dataset(saved).load() == "first"
    assert files(saved) == [f"{FIRST}/text.txt", f"{SECOND}/text.txt"]


# Lineage


def test_the_lineage_is_what_was_told_and_the_hash_of_the_file(path):
    ours = dataset(path, FIRST)
    ours.made_by = Lineage(
        dataset="text", node="write", parameters={"seed": 1}, siblings=("twin",)
    )

    ours.save("first")

    expected = replace(ours.made_by, sha256=hashlib.sha256(b"first").hexdigest())
    assert dataset(path).lineage() == expected
    assert dataset(path).lineage(FIRST) == expected


def test_a_file_put_there_by_hand_is_known_by_its_bytes_alone(path):
    file = path / FIRST / "text.txt"
    file.parent.mkdir(parents=True)
    file.write_text("by hand")

    lineage = dataset(path).lineage()

    assert lineage == Lineage(sha256=hashlib.sha256(b"by hand").hexdigest())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sha256": "0"}', "null"])
def test_a_damaged_lineage_is_named(saved, text):
    (saved / FIRST / "lineage.json").write_text(text)

    with pytest.raises(DatasetFileError, match=r"lineage\.json is damaged: delete"):
        dataset(saved).lineage()


def test_it_is_known_which_versions_there_are(saved):
    assert dataset(saved).has(FIRST)
    assert not dataset(saved).has(SECOND)


KILLED = """
import sys, time
from pathlib import Path
from kedro.io import AbstractDataset
from kedro.io.core import Version
from denoising_autoencoder.datasets.atomic import AtomicDataset

class Halting(AbstractDataset):
    def __init__(self, *, filepath):
        self._filepath = Path(filepath)
    def load(self):
        raise NotImplementedError
    def save(self, data):
        with self._filepath.open("w") as file:
            file.write(data)
            file.flush()
            print("half", flush=True)
            time.sleep(60)
    def _describe(self):
        return {}

path, version = sys.argv[1:]
AtomicDataset(
    filepath=path, dataset={"type": Halting}, version=Version(None, version)
).save("half")
"""


def test_a_process_killed_in_the_middle_of_a_save_leaves_the_former_version(saved):
    with processes.start(
        [sys.executable, "-c", KILLED, saved.as_posix(), SECOND]
    ) as process:
        try:
            said = process.stdout.readline()
        finally:
            process.kill()
    half_written = [name for name in files(saved) if name != f"{FIRST}/text.txt"]

    assert said == "half\n"
    assert process.returncode != 0
    assert len(half_written) == 1
    assert half_written[0].startswith(".")
    assert versions(saved) == [FIRST]
    assert dataset(saved).load() == "first"
    # Nor is it in the way of the next save.
    dataset(saved, SECOND).save("second")
    assert dataset(saved).load() == "second"


# Previews


def preview_kind(dataset: AtomicDataset) -> str:
    """The kind of a preview, as kedro-viz finds it."""
    annotation = inspect.signature(dataset.preview).return_annotation
    return getattr(annotation, "__name__", str(annotation))


@pytest.mark.parametrize(
    ("inner", "name", "data", "kind"),
    [
        (*INNER["csv"], "TablePreview"),
        (*INNER["json"], "JSONPreview"),
        (*INNER["images"], "ImagePreview"),
        (*INNER["model"], "JSONPreview"),
        ({"type": FigureDataset}, "a.png", figure(), "ImagePreview"),
    ],
)
def test_the_preview_and_its_kind_are_those_of_the_inner_dataset(
    tmp_path, inner, name, data, kind
):
    path = tmp_path / name
    dataset(path, FIRST, inner=inner).save(data)

    previewed = dataset(path, inner=inner)

    assert preview_kind(previewed) == kind
    direct = AbstractDataset.from_config(
        "direct", {**inner, "filepath": str(path / FIRST / name)}
    )
    assert previewed.preview() == direct.preview()


def test_the_preview_is_that_of_the_newest_version(tmp_path):
    path, inner = tmp_path / "a.json", {"type": "json.JSONDataset"}
    dataset(path, FIRST, inner=inner).save({"std": 1})
    dataset(path, SECOND, inner=inner).save({"std": 2})

    assert dataset(path, inner=inner).preview() == '{"std": 2}'
    assert dataset(path, load=FIRST, inner=inner).preview() == '{"std": 1}'


def test_there_is_no_preview_before_anything_is_saved(tmp_path):
    unsaved = dataset(tmp_path / "a.csv", inner=CSV)

    assert not hasattr(unsaved, "preview")


def test_there_is_no_preview_if_the_inner_dataset_has_none(tmp_path, saved):
    path = tmp_path / "numbers.pkl"
    inner = {"type": "pickle.PickleDataset"}
    dataset(path, FIRST, inner=inner).save([1, 2, 3])

    assert not hasattr(dataset(path, inner=inner), "preview")
    assert not hasattr(dataset(saved), "preview")


# What stands beside a file


def test_what_stands_beside_a_file_is_kept_flushed_and_shared_as_it_is(tmp_path):
    inner, path = {"type": FigureDataset}, tmp_path / "a.png"

    for version in (FIRST, SECOND):
        dataset(path, version, inner=inner).save(figure())

    first, second = (path / version / "a.pdf" for version in (FIRST, SECOND))
    assert first.read_bytes().startswith(b"%PDF-")
    assert inode(first) == inode(second)
    assert files(path) == [
        f"{version}/a.{suffix}"
        for version in (FIRST, SECOND)
        for suffix in ("pdf", "png")
    ]


def test_a_damaged_neighbour_does_not_spread(tmp_path):
    inner, path = {"type": FigureDataset}, tmp_path / "a.png"
    dataset(path, FIRST, inner=inner).save(figure())
    (path / FIRST / "a.pdf").chmod(0o644)
    (path / FIRST / "a.pdf").write_bytes(b"damaged")

    dataset(path, SECOND, inner=inner).save(figure())

    assert (path / SECOND / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert inode(path / FIRST / "a.png") == inode(path / SECOND / "a.png")
