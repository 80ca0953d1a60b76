"""Which versions are pruned, and which are kept."""

from __future__ import annotations

import hashlib
import os
import random
from itertools import pairwise
from pathlib import Path

import pytest

from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.artifacts.prune import DAY, plan, remove
from denoising_autoencoder.errors import DatasetFileError

NOW = 1_800_000_000.0


class Data:
    """A folder of artifacts."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(
        self,
        name: str,
        version: str,
        text: str,
        made_of: dict[str, str] | None = None,
        ancestors: dict[str, str] | None = None,
        siblings: tuple[str, ...] = (),
    ) -> Path:
        """A version of an artifact whose hash is its text."""
        folder = self.root / "05_layer" / f"{name}.json" / version
        folder.mkdir(parents=True)
        file = folder / f"{name}.json"
        file.write_text(text)
        lineage = Lineage(
            dataset=name,
            sha256=text,
            inputs=made_of or {},
            ancestors=ancestors or {},
            siblings=siblings,
        )
        (folder / "lineage.json").write_text(lineage.to_json())
        return file

    def goes(self, keep: int) -> list[str]:
        """The versions that would be removed, as artifact/version."""
        found = plan(self.root, keep, NOW).versions
        return [f"{folder.parent.stem}/{folder.name}" for folder in found]


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return Data(tmp_path)


def test_the_newest_of_each_artifact_stay(data):
    for version in "12345":
        data.save("noise", version, f"noise {version}")
    data.save("model", "2", "model 2")

    assert data.goes(keep=3) == ["noise/1", "noise/2"]
    assert data.goes(keep=5) == []
    assert plan(data.root, 3, NOW).kept == 4


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


def test_a_version_behind_a_link_keeps_what_it_was_made_from(data, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("other disk")
    Data(elsewhere).save("model", "1", "model", made_of={"noise": "old"})
    (data.root / "06_models").symlink_to(elsewhere)
    data.save("noise", "1", "old")
    data.save("noise", "2", "new")

    assert data.goes(keep=1) == []


def test_a_version_without_a_lineage_goes_unless_another_was_made_from_it(data):
    versions = [f"2026-01-0{day}T00.00.00.000Z" for day in (1, 2, 3)]
    for version in versions:
        file = data.save("noise", version, version)
        file.with_name("lineage.json").unlink()
    content = hashlib.sha256(versions[0].encode()).hexdigest()
    data.save("model", "2", "model", made_of={"noise": content})

    assert data.goes(keep=1) == [f"noise/{versions[1]}"]


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


def test_files_of_other_programs_stay(data):
    foreign = data.root / "01_raw" / "other"
    for version in "123":
        leave(foreign / "wheel" / version / "wheel", 99 * DAY)
    leave(foreign / "checkpoints" / "model.safetensors", 99 * DAY)

    found = plan(data.root, 1, NOW)

    assert (found.versions, found.leftovers) == ((), ())


@pytest.mark.parametrize("target", ["05_layer", "."])
def test_a_folder_with_several_links_is_visited_once(data, target):
    for version in "12":
        data.save("noise", version, version)
    (data.root / "zz_alias").symlink_to(data.root / target)

    assert data.goes(keep=1) == ["noise/1"]


def test_a_damaged_lineage_stops_the_pruning(data):
    file = data.save("noise", "1", "text")
    file.with_name("lineage.json").write_text("{")

    with pytest.raises(DatasetFileError, match="is damaged: delete the folder"):
        plan(data.root, 1, NOW)


def test_bytes_shared_with_a_kept_version_are_not_freed(data):
    first = data.save("noise", "1", "x" * 1000)
    second = data.save("noise", "2", "y" * 500)
    for version, twin in (("3", second), ("4", second)):
        file = data.save("noise", version, twin.read_text())
        file.unlink()
        file.hardlink_to(twin)
    data.save("noise", "5", "z")
    lineages = sum(
        (data.root / "05_layer/noise.json" / version / "lineage.json").stat().st_size
        for version in "1234"
    )

    assert plan(data.root, 1, NOW).freed == 1000 + 500 + lineages
    elsewhere = data.root.parent / f"{data.root.name}-copy"
    elsewhere.hardlink_to(first)
    assert plan(data.root, 1, NOW).freed == 500 + lineages
    elsewhere.unlink()


def leave(path: Path, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    os.utime(path, (NOW - age, NOW - age))
    return path


def test_what_a_kill_left_goes_once_it_is_too_old_to_be_in_use(data):
    names = (
        f"03_primary/train.npy/.{'0123456789abcdef' * 2}",
        "01_raw/.cifar-10-python.tar.gz.part",
        f"06_models/checkpoints/{'0123456789abcdef' * 4}.safetensors",
    )
    ages = (DAY, DAY, 7 * DAY)
    old = [
        leave(data.root / name, age + 1) for name, age in zip(names, ages, strict=True)
    ]
    for name, age in zip(names, ages, strict=True):
        leave(data.root / "live" / name, age - 1)
    leave(data.root / "01_raw/cifar-10-python.tar.gz", 9 * DAY)
    leave(data.root / ".gitkeep", 9 * DAY)

    found = plan(data.root, 1, NOW)

    assert sorted(found.leftovers) == sorted(old)
    assert found.freed == 3 * len("half")


def test_only_what_is_planned_is_removed(data):
    kept = data.save("noise", "2", "new")
    data.save("noise", "1", "old")
    left = leave(data.root / f".{'0' * 32}", DAY + 1)
    found = plan(data.root, 1, NOW)

    remove([*found.versions, *found.leftovers])

    assert [path.name for path in kept.parent.parent.iterdir()] == ["2"]
    assert kept.read_text() == "new"
    assert not left.exists()
    assert plan(data.root, 1, NOW).versions == ()


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

    remove(plan(data.root, keep, NOW).versions)

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
