"""Versions in an S3-compatible store: seen when they are whole, and by all alike."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io.core import DatasetError, Version

from denoising_autoencoder.artifacts import object_store
from denoising_autoencoder.artifacts.object_store import ObjectStore
from denoising_autoencoder.artifacts.places import Places
from denoising_autoencoder.artifacts.prune import DAY, plan
from denoising_autoencoder.artifacts.versions import claim, following
from denoising_autoencoder.datasets.array import ArrayDataset
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.page import PageDataset
from denoising_autoencoder.errors import DatasetFileError
from tests.object_store import SECRET, serving

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = (f"2026-01-0{day}T00.00.00.000Z" for day in (1, 2, 3))
STORE = ObjectStore()


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[str]:
    with serving("bucket") as address:
        yield address


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has read nothing yet."""
    object_store._file_system.cache_clear()
    forget(tmp_path, monkeypatch)


def forget(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on as another machine, which has no copies."""
    copies = folder / str(time.monotonic_ns())
    monkeypatch.setattr(object_store, "_copies", lambda: copies)


@pytest.fixture
def root(request: pytest.FixtureRequest) -> str:
    return f"s3://bucket/{abs(hash(request.node.name))}"


def dataset(
    root: str, save: str | None = None, load: str | None = None, **others: Any
) -> AtomicDataset:
    given = {"dataset": {"type": PageDataset}, **others}
    return AtomicDataset(
        filepath=f"{root}/08_reporting/page.html",
        version=Version(load, save),
        **given,
    )


def keys(root: str) -> list[str]:
    found = object_store._file_system().find(root)
    return sorted(name.removeprefix(f"{root[5:]}/") for name in found)


def put(root: str, name: str, content: bytes) -> None:
    object_store._file_system().pipe_file(f"{root}/{name}", content)


def test_another_machine_reads_what_was_saved(root, tmp_path, monkeypatch):
    dataset(root, FIRST).save("first")
    dataset(root, SECOND).save("second")
    forget(tmp_path, monkeypatch)

    assert dataset(root).load() == "second"
    assert dataset(root, load=FIRST).load() == "first"
    assert dataset(root).list_versions(full_path=False) == [SECOND, FIRST]
    assert keys(root) == [
        f"08_reporting/page.html/{version}/{name}"
        for version in (FIRST, SECOND)
        for name in ("lineage.json", "page.html")
    ]


def test_an_array_is_mapped_from_a_copy(root, tmp_path, monkeypatch):
    kind = {"type": ArrayDataset}
    dataset(root, FIRST, dataset=kind).save(np.arange(6))
    forget(tmp_path, monkeypatch)

    loaded = dataset(root, dataset=kind).load()

    assert isinstance(loaded, np.memmap)
    assert loaded.tolist() == [0, 1, 2, 3, 4, 5]


def test_what_has_no_lineage_is_no_version(root):
    dataset(root, FIRST).save("first")
    put(root, f"08_reporting/page.html/{SECOND}/page.html", b"half")

    assert dataset(root).load() == "first"
    assert not dataset(root, load=SECOND).exists()
    assert not dataset(root).has(SECOND)
    with pytest.raises(DatasetError):
        dataset(root, load=SECOND).load()


def test_a_save_that_fails_before_its_lineage_leaves_no_version(root, monkeypatch):
    create = object_store._create

    def fail(file: Path, key: str) -> None:
        if file.name == "lineage.json":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        create(file, key)

    with monkeypatch.context() as patch:
        patch.setattr(object_store, "_create", fail)
        with pytest.raises(DatasetError, match=r"s3://bucket/.*cannot be written"):
            dataset(root, FIRST).save("first")

    assert keys(root) == [f"08_reporting/page.html/{FIRST}/page.html"]
    assert not dataset(root).exists()


def test_a_version_is_discarded_and_saved_again(root):
    dataset(root, FIRST).save("first")
    assert dataset(root).load() == "first"

    dataset(root).discard(FIRST)

    assert not dataset(root).has(FIRST)
    assert keys(root) == []
    dataset(root, FIRST).save("again")
    assert dataset(root).load() == "again"


def test_a_second_writer_of_a_version_is_refused(root, tmp_path, monkeypatch):
    dataset(root, FIRST).save("first")
    forget(tmp_path, monkeypatch)
    second = dataset(root, FIRST)
    monkeypatch.setattr(second, "_exists_function", lambda _: False)  # both began

    with pytest.raises(DatasetError, match="has saved this version: wait for it"):
        second.save("second")

    forget(tmp_path, monkeypatch)
    assert dataset(root).load() == "first"


def test_what_is_sent_again_since_the_answer_was_lost_counts_as_saved(
    root, tmp_path, monkeypatch
):
    dataset(root, FIRST).save("first")
    forget(tmp_path, monkeypatch)
    again = dataset(root, FIRST)
    monkeypatch.setattr(again, "_exists_function", lambda _: False)

    again.save("first")

    assert again.saved_version == FIRST


def test_a_damaged_object_is_named_by_its_address(root, tmp_path, monkeypatch):
    dataset(root, FIRST).save("first")
    put(root, f"08_reporting/page.html/{FIRST}/page.html", b"other")
    forget(tmp_path, monkeypatch)

    with pytest.raises(DatasetError) as caught:
        dataset(root).load()

    words = str(caught.value.__cause__)
    assert words.startswith(
        f"{root}/08_reporting/page.html/{FIRST}/page.html is damaged"
    )


def test_runs_of_one_millisecond_get_a_version_each(root):
    here = STORE.here(root)
    with (
        claim(FIRST, "", here, STORE) as first,
        claim(FIRST, "", here, STORE) as second,
    ):
        assert (first, second) == (FIRST, following(FIRST))
        assert keys(root) == [f".{FIRST}.run", f".{second}.run"]
    assert keys(root) == []


def test_a_store_that_replaces_what_it_should_not_is_refused(root, monkeypatch):
    pipe = object_store._file_system().pipe_file

    def replace(key: str, content: bytes, mode: str) -> None:
        pipe(key, content)

    monkeypatch.setattr(object_store._file_system(), "pipe_file", replace)

    with (
        pytest.raises(DatasetFileError, match="does not refuse to replace an object"),
        claim(FIRST, "", STORE.here(root), STORE),
    ):
        pass

    assert keys(root) == []


def test_prune_plans_by_what_the_store_holds(root):
    for version in (FIRST, SECOND, THIRD):
        dataset(root, version).save(version)
    unfinished = f"08_reporting/page.html/{following(FIRST)}"
    create = object_store._create
    with pytest.MonkeyPatch.context() as patch:  # a kill between both
        patch.setattr(
            object_store, "_create", lambda *a: a[0].suffix == ".json" or create(*a)
        )
        dataset(root, following(FIRST)).save("half")
    by_hand = f"08_reporting/page.html/{following(SECOND)}"
    put(root, f"{by_hand}/page.html", b"mine")

    with STORE.structure(STORE.here(root), lineages=True) as seen:
        places = Places(
            root=seen.root,
            templates=(f"{seen.root.as_posix()}/08_reporting/{{name}}.html",),
            folder_of=lambda _: None,
        )
        soon = plan(places, 1, time.time(), seen.unfinished)
        later = plan(places, 1, time.time() + 2 * DAY, seen.unfinished)

    assert soon.leftovers == ()
    assert [path.relative_to(seen.root) for path in later.leftovers] == [
        Path(unfinished)
    ]
    assert [path.relative_to(seen.root) for path in later.left_alone] == [
        Path(f"08_reporting/page.html/{version}")
        for version in (FIRST, SECOND, following(SECOND), THIRD)
    ]  # no run of the catalog's datasets saved them
    STORE.remove(STORE.here(root) / unfinished)
    STORE.remove(STORE.here(root) / f"08_reporting/page.html/{FIRST}")
    assert dataset(root).list_versions(full_path=False) == [THIRD, SECOND]
    assert f"{by_hand}/page.html" in keys(root)


def test_an_object_whose_name_leads_elsewhere_has_no_file_here(tmp_path):
    inside = object_store._inside

    assert inside(tmp_path, "a/b") == tmp_path / "a" / "b"
    for name in ("../b", "a/../../b", "/b", "folder/", ""):
        assert inside(tmp_path, name) is None


@pytest.mark.parametrize(
    ("variables", "address", "words"),
    [
        ({}, "s3://no-such-bucket/x", "There is no bucket no-such-bucket"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "", "the store does not answer"),
        ({"AWS_ENDPOINT_URL": "{server}/no/store"}, "", "There is no bucket bucket"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, "", "AWS_ENDPOINT_URL"),
        ({"AWS_PROFILE": "nobody"}, "", "there are no AWS credentials"),
        ({"AWS_ACCESS_KEY_ID": ""}, "", "there are no AWS credentials"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_sentence(
    root, variables, address, words, monkeypatch, server
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(server=server))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(DatasetError) as caught:
        dataset(address or root).exists()

    sentence = str(caught.value.__cause__)  # Kedro adds the dataset's name
    assert words in sentence
    assert "\n" not in sentence
    assert SECRET not in sentence


def test_a_store_that_denies_access_is_one_sentence(root, monkeypatch):
    def deny(*_: Any, **__: Any) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(object_store._file_system(), "put_file", deny)

    with pytest.raises(DatasetError, match="give these credentials the right"):
        dataset(root, FIRST).save("first")


def test_a_silent_store_is_given_up_in_seconds(root, monkeypatch):
    settings = {**object_store._SETTINGS, "read_timeout": 0.2}
    monkeypatch.setattr(object_store, "_SETTINGS", settings)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        began = time.monotonic()
        with pytest.raises(DatasetError, match="the store does not answer"):
            dataset(root).exists()
    assert time.monotonic() - began < 30
