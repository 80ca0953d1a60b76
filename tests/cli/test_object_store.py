"""Runs whose artifacts are in an S3-compatible store."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.artifacts import newest
from tests.cli.conftest import KEDRO, Kedro, Run
from tests.cli.test_interrupts import resume, stop, wait_for
from tests.object_store import KEY, SECRET, serving

pytestmark = pytest.mark.slow

ROOT = "s3://bucket/some where/x"
"""Place of the run that tests read, and only add to."""


@pytest.fixture(scope="module")
def objects() -> Iterator[Callable[..., dict[str, bytes]]]:
    """What a store with one bucket holds below a place, by name."""
    import boto3

    with serving("bucket"):
        client = boto3.client("s3")

        def read(root: str = ROOT) -> dict[str, bytes]:
            prefix = root.removeprefix("s3://bucket/") + "/"
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket="bucket", Prefix=prefix
            )
            names = [one["Key"] for page in pages for one in page.get("Contents", [])]
            return {
                name.removeprefix(prefix): client.get_object(Bucket="bucket", Key=name)[
                    "Body"
                ].read()
                for name in names
            }

        yield read


@pytest.fixture(scope="module", autouse=True)
def no_copies_left(objects: Any, tmp_path_factory: Any) -> Iterator[None]:
    temporary = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", None)
        yield
    assert list(temporary.glob("denoising_autoencoder-*")) == []


@pytest.fixture(scope="module")
def kedro(kedro_anywhere: Callable[[Any], Kedro]) -> Kedro:
    return kedro_anywhere(ROOT)


@pytest.fixture(scope="module")
def run(kedro: Kedro) -> Run:
    return kedro.run(params=kedro.images())


def download(objects: dict[str, bytes], folder: Path) -> Path:
    for name, content in objects.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def test_a_run_saves_to_a_store_what_it_saves_to_a_folder(
    run, objects, first_run, tmp_path
):
    assert run.code == 0, run.output
    assert first_run.code == 0, first_run.output

    saved = download(objects(), tmp_path / "saved")

    assert newest(saved) == newest(first_run.data)
    names = {path.name for path in first_run.data.rglob("*")}
    assert {path.name for path in saved.rglob("*")} >= names - {"checkpoints"} - {
        one.name for one in first_run.data.rglob("*Z")
    }
    assert f"Page:\n  {ROOT}/08_reporting/report.html/" in run.output


def test_credentials_are_written_nowhere(run, objects):
    for secret in (KEY, SECRET):
        assert secret not in run.output
        assert not [name for name, one in objects().items() if secret.encode() in one]


def test_parts_of_a_run_read_the_versions_of_a_store(run, kedro, objects):
    before = objects()
    (version,) = {name.split("/")[-2] for name in before if "dae/model" in name}

    again = kedro.run("--nodes=dae.score", f"--load-versions=raw_test_images:{version}")

    assert again.code == 0, again.output
    new = objects().keys() - before.keys()
    assert len(new) == 2
    record = next(name for name in new if name.endswith("lineage.json"))
    old = next(n for n in before if n.endswith("json") and "dae/scores" in n)
    assert objects()[record] == before[old]


def test_a_run_that_is_stopped_is_resumed_from_what_the_store_has(
    kedro_anywhere, objects
):
    root = "s3://bucket/stopped"
    kedro = kedro_anywhere(root)
    command = kedro.command("--to-nodes=dae.train", params=kedro.images())
    process = kedro.start(command)
    wait_for(process, "data_engineering.add_noise")

    output = stop(process, signal.SIGTERM)
    before = objects(root)
    resumed = resume(kedro, output, command)

    assert resumed.code == 0, resumed.output
    assert "--load-versions=" in output
    made = {name.rpartition("/")[2] for name in objects(root).keys() - before.keys()}
    assert "model.safetensors" in made
    assert "train_images.npy" not in made


def test_prune_removes_old_versions_from_a_store(kedro_anywhere, objects):
    root = "s3://bucket/pruned"
    kedro = kedro_anywhere(root)
    for _ in range(2):
        made = kedro.run("--pipelines=data_engineering", params=kedro.images())
        assert made.code == 0, made.output
    command = [str(KEDRO), "prune", f"--data-root={root}", "--keep=1"]

    listed = kedro.call(command)
    before = objects(root)
    removed = kedro.call([*command, "--yes"])

    assert (listed.code, removed.code) == (0, 0), removed.output
    assert "These would go:" in listed.output
    assert "  01_raw/train_images.npy" in listed.output
    left = objects(root)
    images = [name for name in left if name.startswith("01_raw/train_images.npy/")]
    assert len(images) == 2
    assert len(before) == 2 * len(left)
    assert "Nothing to remove." in kedro.call(command).output


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("gs://bucket/x", "no other addresses are supported"),
        ("s3://me:secret@bucket/x", "should not hold an access key"),
        ("s3://no-such-bucket/x", "There is no bucket no-such-bucket"),
    ],
)
def test_what_cannot_be_a_store_is_refused_before_any_work(
    place, words, objects, kedro_anywhere, project
):
    before = sorted(project.iterdir())
    kedro = kedro_anywhere(place)

    run = kedro.run(params=kedro.images())
    pruned = kedro.call([str(KEDRO), "prune", f"--data-root={place}"])

    for one in (run, pruned):
        assert one.code == 1
        assert words in " ".join(one.output.split())
        assert "Traceback" not in one.output
        assert "secret" not in one.output
    assert sorted(project.iterdir()) == before


def test_a_lineage_names_no_store(run, objects):
    records = [one for name, one in objects().items() if name.endswith("lineage.json")]

    assert records
    assert not [one for one in records if b"s3:" in one]
