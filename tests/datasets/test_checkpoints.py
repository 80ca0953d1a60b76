"""The folder of the checkpoints of trainings that are not finished."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError

from denoising_autoencoder.artifacts import files
from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.artifacts.packing import pack, unpack
from denoising_autoencoder.datasets.checkpoints import CheckpointsDataset
from denoising_autoencoder.errors import DatasetFileError

ARRAYS = {"weight": np.arange(3, dtype=np.float32)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "06_models" / "checkpoints"


def test_a_checkpoint_is_found_by_its_key_in_another_process(folder):
    assert Checkpoints(folder).is_empty()
    place = Checkpoints(folder).save("key", ARRAYS, {"step": 20})

    arrays, state = Checkpoints(folder).load("key", 10**6)

    assert place == str(folder / "key.safetensors")
    assert not Checkpoints(folder).is_empty()
    np.testing.assert_array_equal(arrays["weight"], ARRAYS["weight"])
    assert state == {"step": 20}
    assert Checkpoints(folder).load("another", 10**6) is None


def test_a_newer_checkpoint_replaces_the_older(folder):
    store = Checkpoints(folder)
    store.save("key", ARRAYS, {"step": 20})

    store.save("key", ARRAYS, {"step": 40})

    assert [path.name for path in folder.iterdir()] == ["key.safetensors"]
    assert store.load("key", 10**6)[1] == {"step": 40}


def test_only_what_was_used_is_discarded(folder):
    Checkpoints(folder).save("of another training", ARRAYS, {})
    Checkpoints(folder).save("loaded", ARRAYS, {})
    store = Checkpoints(folder)
    store.load("loaded", 10**6)
    store.load("not there", 10**6)
    store.save("saved", ARRAYS, {})

    store.discard_used()

    assert [path.name for path in folder.iterdir()] == [
        "of another training.safetensors"
    ]


def test_what_a_training_in_another_thread_uses_stays(folder):
    store = Checkpoints(folder)
    other = threading.Thread(target=store.save, args=("theirs", ARRAYS, {}))
    other.start()
    other.join()
    store.save("ours", ARRAYS, {})

    store.discard_used()

    assert [path.name for path in folder.iterdir()] == ["theirs.safetensors"]


def test_what_another_run_of_the_same_training_saved_since_stays(folder):
    ours, others = Checkpoints(folder), Checkpoints(folder)
    ours.save("key", ARRAYS, {"step": 20})
    others.save("key", ARRAYS, {"step": 40})

    ours.discard_used()

    assert others.load("key", 10**6)[1] == {"step": 40}
    others.discard_used()
    assert list(folder.iterdir()) == []


def test_checkpoints_are_found_by_their_label(folder):
    store = Checkpoints(folder)
    for key, state in (
        ("ours", {"step": 1, "label": "AE"}),
        ("theirs", {"step": 2, "label": "DAE"}),
        ("of an earlier release", {"step": 20}),
        ("a model", {"network": "report"}),
        ("with a step that is none", {"step": "20", "label": "AE"}),
    ):
        store.save(key, ARRAYS, state)
    (folder / "damaged.safetensors").write_bytes(b"x")
    (folder / "unreadable.safetensors").mkdir()
    os.mkfifo(folder / "a pipe.safetensors")
    (folder / "a device.safetensors").symlink_to("/dev/zero")

    found = Checkpoints(folder)

    def steps(label: str) -> list[int]:
        return [state["step"] for state in found.states_of(label)]

    assert steps("AE") == [20, 1]
    found.discard_used()  # to look at them is not to use them
    assert steps("DAE") == [20, 2]


def test_what_another_run_has_discarded_is_not_missed(folder):
    ours = Checkpoints(folder)
    place = Path(ours.save("key", ARRAYS, {}))
    place.unlink()

    assert ours.load("key", 10**6) is None
    ours.discard_used()


def test_trainings_are_asked_to_stop_by_the_same_place(folder):
    entry = CheckpointsDataset(filepath=str(folder))
    assert not entry.load().is_stopping()

    entry.load().stop()

    assert entry.load().is_stopping()


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")]
)
def test_what_is_no_file_is_named_at_once(folder, make):
    folder.mkdir(parents=True)
    make(folder / "key.safetensors")

    with pytest.raises(DatasetFileError, match=r"cannot be read \(it is not a reg"):
        Checkpoints(folder).load("key", 10**6)


def without_checksum(content: bytes) -> bytes:
    arrays, _ = unpack(content)
    return pack(arrays, {"step": 20})


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content.replace(b'step\\": 20', b'step\\": 21'),
        lambda content: content.replace(b'"weight"', b'"wright"'),
        without_checksum,
        lambda content: content + bytes(10**6),
    ],
    ids=["cut", "a bit", "the step", "a name", "no checksum", "too long"],
)
def test_a_checkpoint_that_is_not_as_it_was_saved_is_damaged(folder, damage):
    place = Path(Checkpoints(folder).save("key", ARRAYS, {"step": 20}))
    content = place.read_bytes()
    place.write_bytes(damage(content))
    assert place.read_bytes() != content

    with pytest.raises(DatasetFileError) as caught:
        Checkpoints(folder).load("key", 10**6)

    assert str(caught.value) == (
        f"The checkpoint {place} is damaged: delete it, and the training starts anew."
    )


def test_a_full_disk_leaves_the_last_checkpoint(folder, monkeypatch):
    store = Checkpoints(folder)
    store.save("key", ARRAYS, {"step": 20})

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(DatasetFileError, match=r"cannot be written \(No space left"):
        store.save("key", ARRAYS, {"step": 40})

    assert store.load("key", 10**6)[1] == {"step": 20}
    assert len(list(folder.iterdir())) == 1


def test_the_catalog_gives_one_and_the_same_place(folder):
    entry = CheckpointsDataset(filepath=str(folder))

    assert entry.load() is entry.load()
    assert entry.exists()
    with pytest.raises(DatasetError, match="is read-only"):
        entry.save(ARRAYS)
