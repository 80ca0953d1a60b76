"""What may go, and what must not."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.lineage import Lineage
from denoising_autoencoder.prune import STALE_SECONDS, plan, remove

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
    ) -> Path:
        """A version of an artifact whose hash is its text."""
        folder = self.root / "05_layer" / f"{name}.json" / version
        folder.mkdir(parents=True)
        file = folder / f"{name}.json"
        file.write_text(text)
        lineage = Lineage(
            dataset=name, sha256=text, inputs=made_of or {}, ancestors=ancestors or {}
        )
        (folder / "lineage.json").write_text(lineage.to_json())
        return file

    def goes(self, keep: int) -> list[str]:
        """What would be removed, as artifact/version."""
        found = plan(self.root, keep, NOW).versions
        return [f"{one.parent.stem}/{one.name}" for one in found]


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


def test_what_a_version_that_stays_was_made_from_stays_however_old(data):
    for version in "12345":
        data.save("raw", version, f"raw {version}")
        data.save("noise", version, f"noise {version}")
    data.save(
        "model", "3", "model", made_of={"noise": "noise 2"}, ancestors={"raw": "raw 1"}
    )

    assert data.goes(keep=1) == [
        "noise/1", "noise/3", "noise/4", "raw/2", "raw/3", "raw/4",
    ]  # fmt: skip


def test_content_that_is_kept_once_is_enough(data):
    for version in "123":
        data.save("noise", version, "the same")
    data.save("model", "1", "model", made_of={"noise": "the same"})

    assert data.goes(keep=1) == ["noise/1", "noise/2"]


def test_of_equal_old_contents_the_newest_stays(data):
    for version, text in (("1", "old"), ("2", "old"), ("3", "new")):
        data.save("noise", version, text)
    data.save("model", "2", "model", made_of={"noise": "old"})

    assert data.goes(keep=1) == ["noise/1"]


def test_what_lies_behind_a_link_names_what_it_was_made_from(data, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("other disk")
    Data(elsewhere).save("model", "1", "model", made_of={"noise": "old"})
    (data.root / "06_models").symlink_to(elsewhere)
    data.save("noise", "1", "old")
    data.save("noise", "2", "new")

    assert data.goes(keep=1) == []


def test_what_has_no_lineage_counts_as_a_version_and_names_nothing(data):
    for version in "123":
        data.save("noise", version, version)
        (data.root / "05_layer/noise.json" / version / "lineage.json").unlink()

    assert data.goes(keep=2) == ["noise/1"]


def test_a_damaged_lineage_stops_the_pruning(data):
    file = data.save("noise", "1", "text")
    file.with_name("lineage.json").write_text("{")

    with pytest.raises(DatasetFileError, match="is damaged: delete the folder"):
        plan(data.root, 1, NOW)


def test_bytes_that_a_version_that_stays_shares_are_not_freed(data):
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


def test_what_kills_left_goes_once_it_is_old_enough_that_no_run_can_be_at_it(data):
    names = (
        f"03_primary/train.npy/.{'0123456789abcdef' * 2}",
        "01_raw/.cifar-10-python.tar.gz.part",
        "06_models/checkpoints/0a1b.safetensors",
    )
    old = [leave(data.root / name, STALE_SECONDS + 1) for name in names]
    for name in names:
        leave(data.root / "live" / name, STALE_SECONDS - 1)
    leave(data.root / "01_raw/cifar-10-python.tar.gz", 9 * STALE_SECONDS)
    leave(data.root / ".gitkeep", 9 * STALE_SECONDS)

    found = plan(data.root, 1, NOW)

    assert sorted(found.leftovers) == sorted(old)
    assert found.freed == 3 * len("half")


def test_what_is_removed_is_gone_and_nothing_else(data):
    kept = data.save("noise", "2", "new")
    data.save("noise", "1", "old")
    left = leave(data.root / f".{'0' * 32}", STALE_SECONDS + 1)
    found = plan(data.root, 1, NOW)

    remove([*found.versions, *found.leftovers])

    assert [path.name for path in kept.parent.parent.iterdir()] == ["2"]
    assert kept.read_text() == "new"
    assert not left.exists()
    assert plan(data.root, 1, NOW).versions == ()


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happened_the_contents_that_kept_versions_name_are_there(data, seed):
    chance = random.Random(seed)
    chain = ["raw", "noise", "model", "scores"]
    newest: dict[str, tuple[str, dict[str, str]]] = {}
    for version in range(10, 30):
        # Each run remakes a part of the chain, with contents that may come again.
        start = chance.randrange(len(chain)) if newest else 0
        for name in chain[start:]:
            before = chain[chain.index(name) - 1] if name != "raw" else None
            above = newest[before][1] if before else {}
            made_of = {before: newest[before][0]} if before else {}
            text = f"{name} {chance.randrange(4)} of {made_of}"
            data.save(name, str(version), text, made_of, above)
            newest[name] = (text, {**above, **made_of})
    keep = chance.randrange(1, 4)
    everything = {
        name: sorted((data.root / "05_layer" / f"{name}.json").iterdir())
        for name in chain
    }

    remove(plan(data.root, keep, NOW).versions)

    left = {
        name: sorted((data.root / "05_layer" / f"{name}.json").iterdir())
        for name in chain
    }
    contents = {
        (name, (folder / f"{name}.json").read_text())
        for name in chain
        for folder in left[name]
    }
    for name in chain:
        assert left[name][-keep:] == everything[name][-keep:]
        for folder in left[name]:
            text = (folder / "lineage.json").read_text()
            assert set(Lineage.from_json(text).contents().items()) <= contents
    assert sum(map(len, left.values())) < sum(map(len, everything.values()))
