"""Nodes in processes of their own that save under one version, as an orchestrator's."""

from __future__ import annotations

import json

import pytest
from kedro.framework.project import configure_project, pipelines

from tests.cli.artifacts import check_that_all_is_whole, counts, newest, versions

VERSION = "2026-01-31T12.30.00.000Z"
SOURCE = "data_engineering.download_images"
WITH_SECONDS = ("timing.csv", "report.html")


def lineages(data) -> dict[str, dict]:
    """The newest lineage of each artifact, without the hashes of what holds seconds."""
    found = {}
    for record in sorted(data.glob("*/**/lineage.json")):
        name = record.parent.parent.relative_to(data).as_posix()
        found[name] = json.loads(record.read_text())
        if name.endswith(WITH_SECONDS):
            del found[name]["sha256"], found[name]["size"]
        for made_from in ("inputs", "ancestors"):
            hashes = found[name][made_from]
            for other in [one for one in hashes if one.endswith("_timing")]:
                hashes[other] = ""
    return found


@pytest.mark.slow
def test_a_process_for_each_node_gives_the_bytes_of_one_run(kedro, first_run):
    """Another run, which began later, saves other data in between."""
    configure_project("denoising_autoencoder")
    for node in pipelines["denoise"].nodes:
        given = [kedro.images()] if node.name == SOURCE else []
        params = ",".join([*given, f"run_version={VERSION}"])
        run = kedro.run(f"--nodes={node.name}", params=params)
        assert run.code == 0, run.output
        assert f" 1/1  {node.name} " in run.output
        if node.name == "data_engineering.add_noise":
            other = f"{kedro.images()},noise.std=0.1"
            assert kedro.run("--namespaces=data_engineering", params=other).code == 0
    (of_the_other,) = {
        folder.name
        for folder in versions(kedro.data / "05_model_input/noise_spec.json")
    } - {VERSION}
    for folder in kedro.data.glob(f"*/*/{of_the_other}"):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()

    assert counts(kedro.data) == counts(first_run.data)
    assert {path.parent.name for path in kedro.data.rglob("lineage.json")} == {VERSION}
    assert newest(kedro.data) == newest(first_run.data)
    assert lineages(kedro.data) == lineages(first_run.data)


@pytest.mark.slow
def test_a_task_that_was_killed_between_two_saves_is_tried_again(kedro):
    def task(*nodes: str, params: str = ""):
        names = ",".join(f"data_engineering.{node}" for node in nodes)
        params = ",".join(filter(None, [params, f"run_version={VERSION}"]))
        return kedro.run(f"--nodes={names}", params=params)

    assert task("download_images", params=kedro.images()).code == 0
    assert task("split_images", "normalize_images").code == 0
    before = newest(kedro.data)
    (lost,) = versions(kedro.data / "03_primary/test_images.npy")
    for file in lost.iterdir():
        file.unlink()
    lost.rmdir()

    again = task("split_images", "normalize_images")
    assert again.code == 0, again.output
    assert "normalize_images  " in again.output
    assert "split_images" not in again.output
    assert newest(kedro.data) == before
    check_that_all_is_whole(kedro.data, {})

    nothing = task("split_images", "normalize_images")
    assert nothing.code == 0, nothing.output
    assert "Nothing to do: all outputs exist." in nothing.output

    other = task("split_images", params="split.validation_fraction=0.3")
    assert other.code == 1
    assert "Traceback" not in other.output
    assert "split.validation_fraction was 0.1 and is 0.3" in other.output
    assert newest(kedro.data) == before
