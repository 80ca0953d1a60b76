"""Processes that save under one version: what they read, refuse and make again."""

from __future__ import annotations

import pytest

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.hooks.shared_version import discard_halves, share_version


def version_of(catalog, name: str) -> str:
    return catalog[name].path.parent.name


def names_of(pipeline) -> list[str]:
    return [node.name for node in pipeline.nodes]


def test_a_process_reads_its_own_version_else_the_newest_before(small, pipeline, days):
    one, two, three = days
    for version in (one, three):
        small.run(small.catalog(version), "draw", "train")
    task = pipeline.only_nodes("score")

    before = small.catalog(two)
    share_version(task, before, two, {})
    assert version_of(before, "noise") == version_of(before, "model") == one

    small.run(small.catalog(two), "draw")
    after = small.catalog(two)
    share_version(task, after, two, {})
    assert (version_of(after, "noise"), version_of(after, "model")) == (two, one)

    asked = small.catalog(two, load={"noise": one})
    share_version(task, asked, two, {"noise": one})
    assert version_of(asked, "noise") == one


def test_only_a_later_version_of_an_input_counts_as_none(small, pipeline, days):
    one, _, three = days
    small.run(small.catalog(three), "draw")
    catalog = small.catalog(one)

    share_version(pipeline.only_nodes("train"), catalog, one, {})

    assert not catalog.exists("noise")


def test_a_second_try_makes_only_what_is_not_whole(small, pipeline, days):
    one, two, _ = days
    small.run(small.catalog(one), "draw", "train")
    small.run(small.catalog(two), "draw", "train")
    catalog = small.catalog(two)
    model, history = (catalog[name].path for name in ("model", "history"))
    noise = catalog["noise"].path
    saved = noise.stat().st_mtime_ns
    for file in history.parent.iterdir():  # as a kill between two saves leaves it
        file.unlink()
    history.parent.rmdir()

    again = small.catalog(two)
    rest = share_version(pipeline, again, two, {})
    assert names_of(rest) == ["train", "score", "report"]
    discard_halves(rest, again)

    assert not model.exists()
    small.run(again, *names_of(rest))
    assert noise.stat().st_mtime_ns == saved
    assert [version_of(again, name) for name in ("history", "table")] == [two, two]
    assert names_of(share_version(pipeline, small.catalog(two), two, {})) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"seed": 1}, "dae.seed was 0 and is 1"), ({"std": 0.2}, "std was 0.1 and is")],
)
def test_a_version_of_another_run_is_refused(changed, words, small, pipeline, days):
    one, *_ = days
    small.run(small.catalog(one))

    with pytest.raises(ProjectError, match=f"of run_version={one} is .*{words}"):
        share_version(pipeline, small.catalog(one, **changed), one, {})


def test_a_version_with_other_inputs_is_refused(small, pipeline, days):
    one, two, _ = days
    small.run(small.catalog(one, std=0.3), "draw")
    small.run(small.catalog(two, std=0.1), "draw")
    small.run(small.catalog(two), "train")
    other = small.catalog(two, load={"noise": one})

    with pytest.raises(ProjectError, match="there is another noise"):
        share_version(pipeline.only_nodes("train"), other, two, {"noise": one})
