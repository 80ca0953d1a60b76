from __future__ import annotations

import errno
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import AbstractDataset, DatasetError
from kedro.io.core import Version, VersionNotFoundError
from matplotlib.figure import Figure

from denoising_autoencoder.datasets import atomic
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.figure import FigureDataset
from denoising_autoencoder.errors import DatasetFileError

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
    """Every file and every empty folder below a folder."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() or not any(path.iterdir())
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


def test_a_version_is_one_file_in_a_folder_of_its_name(path):
    dataset(path, FIRST).save("first")

    assert files(path) == [f"{FIRST}/text.txt"]
    assert (path / FIRST / "text.txt").read_text() == "first"


def test_the_newest_version_wins_and_older_ones_can_be_asked_for(path):
    dataset(path, SECOND).save("second")
    with pytest.warns(UserWarning, match="did not match"):
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


def test_an_entry_without_versions_is_a_plain_file_that_is_replaced(path):
    unversioned = AtomicDataset(filepath=path.as_posix(), dataset=TEXT)

    assert not unversioned.exists()
    unversioned.save("first")
    unversioned.save("second")

    assert unversioned.exists()
    assert unversioned.load() == path.read_text() == "second"
    assert files(path.parent) == ["text.txt"]


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


def test_a_failed_save_leaves_what_else_is_in_the_folder_of_the_version(saved):
    beside = saved / SECOND / "lineage.json"
    beside.parent.mkdir()
    beside.write_text("{}")

    with pytest.raises(DatasetError):
        dataset(saved, SECOND).save("fail")

    assert files(saved) == [f"{FIRST}/text.txt", f"{SECOND}/lineage.json"]
    assert versions(saved) == [FIRST]


def test_a_failed_save_without_versions_leaves_the_file(path):
    unversioned = AtomicDataset(filepath=path.as_posix(), dataset=TEXT)
    unversioned.save("first")

    with pytest.raises(DatasetError):
        unversioned.save("fail")

    assert unversioned.load() == "first"
    assert files(path.parent) == ["text.txt"]


def test_a_file_is_on_the_disk_before_it_gets_its_name(path, monkeypatch):
    events = []
    flush, replace = atomic._flush, Path.replace

    def flushed(what: Path) -> None:
        events.append(("flush", what.is_file(), (path / FIRST / "text.txt").exists()))
        flush(what)

    def replaced(source: Path, target: Path) -> Path:
        events.append(("rename", source.parent == target.parent, target.name))
        return replace(source, target)

    monkeypatch.setattr(atomic, "_flush", flushed)
    monkeypatch.setattr(Path, "replace", replaced)

    dataset(path, FIRST).save("first")

    assert events == [
        ("flush", True, False),  # the whole temporary file ...
        ("rename", True, "text.txt"),  # ... in the same folder, gets its name ...
        ("flush", False, True),  # ... and the folder is written.
    ]


def test_a_flush_asks_the_operating_system(path, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(
        atomic.os, "fsync", lambda handle: (synced.append(handle), fsync(handle))
    )

    dataset(path, FIRST).save("first")

    assert len(synced) == (1 if os.name == "nt" else 2)


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
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, saved.as_posix(), SECOND],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            said = process.stdout.readline()
        finally:
            process.kill()
    half_written = [name for name in files(saved) if name != f"{FIRST}/text.txt"]

    assert said == "half\n"
    assert process.returncode != 0
    assert len(half_written) == 1
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
    path = tmp_path / "indices.npy"
    inner = {"type": ArrayDataset}
    dataset(path, FIRST, inner=inner).save(np.arange(3))

    assert not hasattr(dataset(path, inner=inner), "preview")
    assert not hasattr(dataset(saved), "preview")
