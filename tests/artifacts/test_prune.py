"""Which versions are pruned, and which are kept."""

from __future__ import annotations

import errno
import os
import random
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.artifacts.places import Places
from denoising_autoencoder.artifacts.prune import DAY, Plan, plan, remove
from denoising_autoencoder.errors import DatasetFileError

NOW = 1_800_000_000.0


def version_of(number: int | str) -> str:
    """A version's name; versions are ordered like their numbers."""
    return f"2026-01-01T00.00.00.{int(number):03}Z"


class Data:
    """A folder of artifacts, `05_layer/<name>.json` for every name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = Places(
            root=root,
            templates=(f"{root.as_posix()}/05_layer/{{name}}.json",),
            folder_of=lambda name: root / "05_layer" / f"{name}.json",
            checkpoints=frozenset([root / "06_models" / "checkpoints"]),
            studies=frozenset([root / "06_models" / "studies"]),
            downloads=frozenset([root / "01_raw" / "cifar-10-python.tar.gz"]),
        )

    def save(
        self,
        name: str,
        version: str,
        text: str,
        made_of: dict[str, str] | None = None,
        ancestors: dict[str, str] | None = None,
        siblings: tuple[str, ...] = (),
    ) -> Path:
        """A version of an artifact whose hash is its text, cut to a hash's length."""
        folder = self.root / "05_layer" / f"{name}.json" / version_of(version)
        folder.mkdir(parents=True)
        file = folder / f"{name}.json"
        file.write_text(text)
        lineage = Lineage(
            dataset=name,
            sha256=text[:64],
            inputs=made_of or {},
            ancestors=ancestors or {},
            siblings=siblings,
        )
        (folder / "lineage.json").write_text(lineage.to_json())
        return file

    def plan(self, keep: int = 1) -> Plan:
        return plan(self.places, keep, NOW)

    def goes(self, keep: int) -> list[str]:
        """The versions that would be removed, as artifact/number."""
        return [
            f"{folder.parent.stem}/{int(folder.name[-4:-1])}"
            for folder in self.plan(keep).versions
        ]

    def left_alone(self) -> list[str]:
        return [
            path.relative_to(self.root).as_posix() for path in self.plan().left_alone
        ]


@pytest.fixture
def data(tmp_path: Path) -> Data:
    root = tmp_path / "data"
    root.mkdir()
    return Data(root)


def test_the_newest_of_each_artifact_stay(data):
    for version in "12345":
        data.save("noise", version, f"noise {version}")
    data.save("model", "2", "model 2")

    assert data.goes(keep=3) == ["noise/1", "noise/2"]
    assert data.goes(keep=5) == []
    assert data.plan(3).kept == 4


def test_the_inputs_of_a_kept_version_stay_however_old(data):
    for version in "12345":
        data.save("raw", version, f"raw {version}")
        data.save("noise", version, f"noise {version}")
    data.save(
        "model", "3", "model", made_of={"noise": "noise 2"}, ancestors={"raw": "raw 1"}
    )

    assert data.goes(keep=1) == [
        "noise/1", "noise/3", "noise/4", "raw/2", "raw/3", "raw/4",
    ]  # fmt: skip


def test_of_equal_contents_only_the_newest_stays(data):
    for version, text in zip("1234", ("old", "old", "new", "new"), strict=True):
        data.save("noise", version, text)
    data.save("model", "2", "model", made_of={"noise": "old"})
    data.save("scores", "4", "scores", made_of={"noise": "new"})

    assert data.goes(keep=1) == ["noise/1", "noise/3"]


def test_a_version_behind_a_link_stays_with_what_it_was_made_from(
    data, tmp_path_factory
):
    elsewhere = Data(tmp_path_factory.mktemp("other disk"))
    elsewhere.save("model", "1", "model 1", made_of={"noise": "old"})
    elsewhere.save("model", "2", "model 2")
    (data.root / "05_layer").mkdir()
    (data.root / "05_layer/model.json").symlink_to(
        elsewhere.root / "05_layer/model.json"
    )
    data.save("noise", "1", "old")
    data.save("noise", "2", "new")
    data.save("noise", "3", "newest")

    assert data.goes(keep=1) == ["noise/2"]
    assert data.left_alone() == ["05_layer/model.json"]


def test_the_root_may_be_a_link(data, tmp_path_factory):
    link = tmp_path_factory.mktemp("elsewhere") / "data"
    link.symlink_to(data.root)
    linked = Data(link)
    for version in "12":
        data.save("noise", version, version)

    assert linked.goes(keep=1) == ["noise/1"]


def test_files_of_other_people_are_left_alone(data, tmp_path_factory):
    """A collection behind a link, a cache of models, another project of Kedro."""
    datasets = tmp_path_factory.mktemp("datasets")
    theirs = [
        leave(datasets / ".cifar-mine/precious.txt", 99 * DAY),
        leave(datasets / f"cache/{'a' * 64}.safetensors", 99 * DAY),
        leave(datasets / f"project/.{'0' * 32}/half", 99 * DAY),
    ]
    others = Data(datasets / "project")
    theirs += [others.save("noise", version, version) for version in "12"]
    (data.root / "01_raw").mkdir()
    (data.root / "01_raw/mine").symlink_to(datasets)
    (data.root / "up").symlink_to("..")
    copied = Data(data.root / "copied")
    theirs += [copied.save("noise", version, version) for version in "12"]
    theirs.append(leave(data.root / "01_raw/.cifar-mine/precious.txt", 99 * DAY))
    theirs.append(leave(data.root / f"05_layer/{'b' * 64}.safetensors", 99 * DAY))
    theirs.append(leave(data.root / "01_raw/mine.npz", 99 * DAY))
    data.save("noise", "1", "old")
    data.save("noise", "2", "new")

    found = data.plan()
    remove([*found.versions, *found.leftovers])

    assert [folder.name for folder in found.versions] == [version_of(1)]
    assert all(path.exists() for path in theirs)
    assert data.left_alone() == [
        "01_raw/.cifar-mine",
        "01_raw/mine",
        "01_raw/mine.npz",
        f"05_layer/{'b' * 64}.safetensors",
        "copied",
        "up",
    ]


def test_what_another_program_saved_in_the_place_of_an_artifact_is_left_alone(data):
    """No lineage, that of another dataset, a name that no run gives, a link."""
    for number in (1, 2, 3, 4):
        data.save("noise", str(number), f"noise {number}")
    artifact = data.root / "05_layer/noise.json"
    (artifact / version_of(1) / "lineage.json").unlink()
    (artifact / version_of(2) / "lineage.json").write_text(
        Lineage(dataset="other", sha256="x").to_json()
    )
    shutil.copytree(artifact / version_of(3), artifact / "backup")
    (artifact / version_of(0)).symlink_to(version_of(3))

    assert data.goes(keep=1) == ["noise/3"]
    assert data.left_alone() == [
        f"05_layer/noise.json/{name}"
        for name in (version_of(0), version_of(1), version_of(2), "backup")
    ]


def test_what_a_copy_was_made_from_stays(data):
    for number in (1, 2):
        data.save("noise", str(number), f"noise {number}")
    data.save("model", "1", "model", made_of={"noise": "noise 1"})
    artifact = data.root / "05_layer/model.json"
    (artifact / version_of(1)).rename(artifact / "the good one")

    assert data.goes(keep=1) == []


def test_a_version_with_notes_of_a_person_is_left_alone(data):
    for number in (1, 2, 3):
        data.save("noise", str(number), f"noise {number}")
    folder = data.root / "05_layer/noise.json"
    (folder / version_of(1) / "notes.txt").write_text("the good one")
    (folder / version_of(2) / "noise.pdf").write_text("another form")

    assert data.goes(keep=1) == ["noise/2"]
    assert data.left_alone() == [f"05_layer/noise.json/{version_of(1)}"]


def test_what_cannot_be_removed_is_named_and_stays_whole(data, monkeypatch):
    file = data.save("noise", "1", "old")
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(PermissionError) as caught:
        remove([file.parent])

    assert caught.value.filename == str(file.parent)
    assert file.read_text() == "old"


def test_what_is_beside_its_place_in_some_way_keeps_what_it_was_made_from(data):
    """Hidden or archived by a person, its file renamed, or on another disk."""
    elsewhere = data.root.parent / "elsewhere"
    others = Data(elsewhere)
    data.places = replace(
        data.places,
        templates=(*data.places.templates, f"{elsewhere}/05_layer/far.json"),
    )
    for number in range(6):
        data.save("noise", str(number), f"noise {number}")
    models = data.root / "05_layer/model.json"
    for number in range(3):
        made_of = {"noise": f"noise {number}"}
        data.save("model", str(number), f"model {number}", made_of)
    others.save("far", "1", "far", made_of={"noise": "noise 3"})
    (models / version_of(0)).rename(models / ".mine")
    (models / version_of(1) / "model.json").rename(models / version_of(1) / "old")
    archive = data.root / version_of(9) / "model.json"
    archive.mkdir(parents=True)
    (models / version_of(2)).rename(archive / version_of(2))

    assert data.goes(keep=1) == ["noise/4"]


def test_a_lineage_of_another_program_is_none_of_ours(data):
    data.save("noise", "1", "noise")
    (data.root / "01_raw/theirs").mkdir(parents=True)
    (data.root / "01_raw/theirs/lineage.json").write_text('{"eventType": "START"}')

    assert data.plan().kept == 1


def test_a_link_to_a_disk_that_is_not_mounted_ends_the_pruning(data):
    data.save("noise", "1", "noise")
    (data.root / "05_layer/model.json").symlink_to("/no/such/disk")

    with pytest.raises(DatasetFileError, match="leads nowhere, so that nobody knows"):
        data.plan()


def test_a_version_that_may_not_be_entered_ends_the_pruning(data, monkeypatch):
    file = data.save("noise", "1", "noise")
    stat = os.stat

    def refuse(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path) == str(file):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refuse)

    with pytest.raises(PermissionError):
        data.plan()


def test_a_folder_that_cannot_be_read_ends_the_pruning(data, monkeypatch):
    """Nobody knows what the versions in it were made from."""
    data.save("model", "1", "model", made_of={"noise": "noise 1"})
    for number in (1, 2):
        data.save("noise", str(number), f"noise {number}")
    scandir = os.scandir

    def refuse(path: Path) -> Any:
        if Path(path).name == "model.json":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(PermissionError):
        data.plan()


def test_of_equal_contents_the_one_made_from_the_same_stays(data):
    """A specification of noise is the same text for many images."""
    for version, images, spec in (("1", "A", "s1"), ("2", "B", "s1"), ("3", "C", "s2")):
        data.save("images", version, images)
        data.save("spec", version, spec, made_of={"images": images})
    data.save("model", "1", "model", made_of={"spec": "s1"}, ancestors={"images": "A"})

    assert data.goes(keep=1) == ["images/2", "spec/2"]


def test_siblings_of_a_kept_version_stay(data):
    data.save("model", "1", "m1", siblings=("history",))
    data.save("history", "1", "h1", siblings=("model",))
    data.save("model", "2", "m2", siblings=("history",))  # killed before its history

    assert data.goes(keep=1) == []


def test_a_folder_with_a_link_beside_it_is_its_own(data):
    for version in "12":
        data.save("noise", version, version)
    (data.root / "00_alias").symlink_to(data.root / "05_layer")

    assert data.goes(keep=1) == ["noise/1"]


def test_a_damaged_lineage_stops_the_pruning(data):
    file = data.save("noise", "1", "text")
    file.with_name("lineage.json").write_text("{")

    with pytest.raises(DatasetFileError, match="is damaged: delete the folder"):
        data.plan()


def test_bytes_shared_with_a_kept_version_are_not_freed(data):
    first = data.save("noise", "1", "x" * 1000)
    second = data.save("noise", "2", "y" * 500)
    for version, twin in (("3", second), ("4", second)):
        file = data.save("noise", version, twin.read_text())
        file.unlink()
        file.hardlink_to(twin)
    data.save("noise", "5", "z")
    lineages = sum(
        (data.root / f"05_layer/noise.json/{version_of(number)}/lineage.json")
        .stat()
        .st_size
        for number in (1, 2, 3, 4)
    )

    assert data.plan().freed == 1000 + 500 + lineages
    elsewhere = data.root.parent / f"{data.root.name}-copy"
    elsewhere.hardlink_to(first)
    assert data.plan().freed == 500 + lineages
    elsewhere.unlink()


def leave(path: Path, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    os.utime(path, (NOW - age, NOW - age))
    return path


def test_what_a_kill_left_goes_once_it_is_too_old_to_be_in_use(data):
    hidden = "0123456789abcdef" * 2
    ages = {
        f"05_layer/noise.json/.{hidden}": DAY,
        f"01_raw/.{hidden}": DAY,
        f"06_models/checkpoints/.{hidden}": DAY,
        f"06_models/checkpoints/{hidden * 2}.safetensors": 7 * DAY,
        f"06_models/studies/.{hidden}": DAY,
        f"06_models/studies/.{hidden}-wal": DAY,
        f".{version_of(123)}.run": DAY,
    }
    old = [leave(data.root / name, age + 1) for name, age in ages.items()]
    for name, age in ages.items():
        leave(data.root / name.replace("123", "456"), age - 1)
    leave(data.root / "01_raw/cifar-10-python.tar.gz", 9 * DAY)
    leave(data.root / ".gitkeep", 9 * DAY)
    for suffix in ("", "-wal", "-shm"):  # hours of work, however old
        leave(data.root / f"06_models/studies/dae-{hidden[:16]}.db{suffix}", 999 * DAY)

    found = data.plan()

    assert sorted(found.leftovers) == sorted(old)
    assert found.freed == len(ages) * len("half")
    assert found.left_alone == ()


def test_only_what_is_planned_is_removed(data):
    kept = data.save("noise", "2", "new")
    data.save("noise", "1", "old")
    left = leave(kept.parent.parent / f".{'0' * 32}", DAY + 1)
    found = data.plan()

    remove([*found.versions, *found.leftovers])

    assert [path.name for path in kept.parent.parent.iterdir()] == [version_of(2)]
    assert kept.read_text() == "new"
    assert not left.exists()
    assert data.plan().versions == ()


@pytest.mark.parametrize("seed", range(10))
def test_the_inputs_of_kept_versions_always_stay(data, seed):
    """In full: for each kept version there is a set of versions that fit it."""
    chance = random.Random(seed)
    chain = ["raw", "noise", "model", "scores"]
    newest: dict[str, dict[str, str]] = {}
    for version in range(10, 30):
        # Each run remakes a part of the chain, with contents that may come again,
        # from other inputs.
        start = chance.randrange(len(chain)) if newest else 0
        for before, name in pairwise([None, *chain]):
            if chain.index(name) < start:
                continue
            above = newest[before] if before else {}
            made_of = {before: above[before]} if before else {}
            text = f"{name} {chance.randrange(3)}"
            data.save(name, str(version), text, made_of, above)
            newest[name] = {**above, name: text}
    keep = chance.randrange(1, 4)
    before_it = {name: versions_of(data, name) for name in chain}

    remove(data.plan(keep).versions)

    left = {name: versions_of(data, name) for name in chain}
    for name in chain:
        assert list(left[name])[-keep:] == list(before_it[name])[-keep:]
        for contents in left[name].values():
            for needed, text in contents.items():
                assert any(
                    other[needed] == text and agree(other, contents)
                    for other in left[needed].values()
                ), (name, contents, needed)
    assert sum(map(len, left.values())) < sum(map(len, before_it.values()))


def versions_of(data: Data, name: str) -> dict[str, dict[str, str]]:
    """The contents that each version goes back to, its own included; oldest first."""
    folders = sorted((data.root / "05_layer" / f"{name}.json").iterdir())
    return {
        folder.name: Lineage.from_json((folder / "lineage.json").read_text()).contents()
        for folder in folders
    }


def agree(first: dict[str, str], second: dict[str, str]) -> bool:
    return all(second.get(name, text) == text for name, text in first.items())
