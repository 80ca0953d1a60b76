"""The command that goes on with a run that did not get to its end."""

from __future__ import annotations

import itertools
import shlex

import pytest

from denoising_autoencoder.hooks.resume import ResumeHooks

NOTHING = {
    "pipeline_names": [], "tags": (), "node_names": (), "from_nodes": [],
    "to_nodes": [], "from_inputs": [], "to_outputs": [], "namespaces": [],
    "load_versions": None, "runtime_params": {}, "env": "local",
    "runner": "<kedro.runner.sequential_runner.SequentialRunner object at 0x7f>",
    "only_missing_outputs": False,
}  # fmt: skip


@pytest.fixture
def command(small, pipeline):
    """What is proposed after some nodes of a run are done."""
    day = itertools.count(1)

    def after(*done: str, conf_source: str | None = None, part=pipeline, **asked):
        catalog = small.catalog(f"2026-02-0{next(day)}")
        resume = ResumeHooks()
        resume.before_pipeline_run({**NOTHING, **asked}, part, catalog)
        if done:
            small.run(catalog, *done)
        return resume.command("kedro", conf_source)

    return after


def test_a_run_that_did_not_begin_has_no_other_command():
    assert ResumeHooks().command("kedro", None) is None


def test_a_run_without_any_finished_node_has_no_other_command(command):
    assert command() is None


def test_a_run_goes_on_from_the_nodes_whose_inputs_are_there(command):
    assert command("draw") == "kedro run --from-nodes=train"
    assert command("draw", "train", "score") == "kedro run --from-nodes=report"


def test_a_node_is_finished_once_all_its_outputs_are_saved(
    small, days, pipeline, command
):
    catalog = small.catalog(days[0])
    resume = ResumeHooks()
    resume.before_pipeline_run(NOTHING, pipeline, catalog)
    small.run(catalog, "draw")

    catalog.save("model", {"weights": 1})

    assert resume.command(".venv/bin/kedro", None) == (
        ".venv/bin/kedro run --from-nodes=train"
    )


def test_what_was_asked_for_is_asked_for_again(command, pipeline):
    line = command(
        "draw",
        part=pipeline,
        pipeline_names=["denoise", "training"],
        tags=("training",),
        node_names=("dae.train", "ae.train"),
        from_nodes=["draw"],
        to_nodes=["report"],
        namespaces=["dae"],
        env="report",
        runner="<kedro.runner.thread_runner.ThreadRunner object at 0x7f>",
        conf_source="/some where/conf",
        only_missing_outputs=True,
    )

    assert shlex.split(line) == [
        "kedro", "run", "--pipelines=denoise,training", "--tags=training",
        "--nodes=dae.train,ae.train", "--to-nodes=report", "--namespaces=dae",
        "--from-nodes=train", "--env=report", "--runner=ThreadRunner",
        "--only-missing-outputs", "--conf-source=/some where/conf",
    ]  # fmt: skip


def test_overrides_are_repeated_only_where_the_rest_reads_them(command):
    overrides = {
        "std": 0.2,
        "dae": {"seed": 1, "clamp": True, "epochs": None, "title": "a b"},
        "data_root": "/somewhere",
    }

    after_draw = command("draw", runtime_params=overrides)
    after_train = command("draw", "train", runtime_params=overrides)

    assert shlex.split(after_draw)[-1] == (
        "--params=dae.seed=1,dae.clamp=true,dae.epochs=null,dae.title=a b,"
        "data_root=/somewhere"
    )
    assert shlex.split(after_train)[-1] == "--params=data_root=/somewhere"


def test_pins_are_repeated_only_where_the_rest_reads_them(days, pipeline, command):
    part = pipeline.only_nodes("train", "score", "report")
    pins = {"noise": days[1]}

    assert f"--load-versions=noise:{days[1]}" in command(
        "draw", "train", part=part, load_versions=pins
    )
    assert "--load-versions" not in command(
        "draw", "train", "score", part=part, load_versions=pins
    )
