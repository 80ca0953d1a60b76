"""The command that resumes a run which did not finish."""

from __future__ import annotations

import itertools
import shlex

import pytest
from kedro.framework.cli.utils import _split_params

from denoising_autoencoder.hooks.resume import ResumeHooks, called_as

NOTHING = {
    "pipeline_names": [], "tags": (), "node_names": (), "from_nodes": [],
    "to_nodes": [], "from_inputs": [], "to_outputs": [], "namespaces": [],
    "load_versions": None, "runtime_params": {}, "env": None,
    "only_missing_outputs": False,
}  # fmt: skip


@pytest.fixture
def command(small, pipeline):
    """What is proposed after some nodes of a run are done."""
    day = itertools.count(1)

    def after(
        *done: str, conf_source=None, runner=(), part=pipeline, load=None, **asked
    ):
        catalog = small.catalog(f"2026-02-0{next(day)}", load=load)
        resume = ResumeHooks()
        run_params = {**NOTHING, "load_versions": load, **asked}
        resume.before_pipeline_run(run_params, part, catalog)
        if done:
            small.run(catalog, *done)
        return resume.command("kedro run", conf_source, runner)

    return after


def words_of(line: str) -> list[str]:
    """All words but the versions."""
    return [
        word for word in shlex.split(line) if not word.startswith("--load-versions=")
    ]


def versions_of(line: str) -> dict[str, str]:
    (word,) = (w for w in shlex.split(line) if w.startswith("--load-versions="))
    pairs = word.removeprefix("--load-versions=").split(",")
    return dict(pair.split(":") for pair in pairs)


def test_a_run_that_did_not_begin_has_no_other_command():
    assert ResumeHooks().command("kedro run", None) is None
    assert not ResumeHooks().has_finished()


def test_a_run_without_any_finished_node_has_no_other_command(command):
    assert command() is None


def test_a_run_without_any_unfinished_node_has_no_other_command(small, days, pipeline):
    catalog = small.catalog(days[0])
    resume = ResumeHooks()
    resume.before_pipeline_run(NOTHING, pipeline, catalog)
    assert not resume.has_finished()

    small.run(catalog)

    assert resume.has_finished()
    assert resume.command("kedro run", None) is None


def test_a_run_goes_on_from_the_nodes_whose_inputs_are_there(command):
    assert words_of(command("draw")) == ["kedro", "run", "--from-nodes=train"]
    after = words_of(command("draw", "train", "score"))
    assert after == ["kedro", "run", "--from-nodes=report"]


def test_a_node_is_finished_once_all_its_outputs_are_saved(small, days, pipeline):
    catalog = small.catalog(days[0])
    resume = ResumeHooks()
    resume.before_pipeline_run(NOTHING, pipeline, catalog)
    small.run(catalog, "draw")

    catalog.save("model", {"weights": 1})

    line = resume.command(".venv/bin/kedro run", None)
    assert words_of(line) == [".venv/bin/kedro", "run", "--from-nodes=train"]


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
        runner=["--runner=ThreadRunner"],
        conf_source="/some where/conf",
        only_missing_outputs=True,
    )

    assert words_of(line) == [
        "kedro", "run", "--pipelines=denoise,training", "--tags=training",
        "--nodes=dae.train,ae.train", "--to-nodes=report", "--namespaces=dae",
        "--from-nodes=train", "--env=report", "--runner=ThreadRunner",
        "--only-missing-outputs", "--conf-source=/some where/conf",
    ]  # fmt: skip


def test_a_run_whose_version_is_given_is_resumed_by_the_same_command(command):
    version = {"run_version": "2026-01-31T12.30.00.000Z"}

    assert command("draw", runtime_params=version) is None


def test_the_environment_is_named_wherever_the_shell_has_another(command, monkeypatch):
    monkeypatch.setenv("KEDRO_ENV", "report")

    assert "--env=local" in words_of(command("draw", env="local"))


def test_overrides_are_repeated_only_where_the_rest_reads_them(command):
    overrides = {
        "std": 0.2,
        "dae": {"seed": 1, "clamp": True, "epochs": None, "title": "a b"},
        "data_root": "/somewhere",
    }

    after_draw = command("draw", runtime_params=overrides)
    after_train = command("draw", "train", runtime_params=overrides)

    assert words_of(after_draw)[-1] == (
        "--params=dae.seed=1,dae.clamp=true,dae.epochs=null,dae.title=a b,"
        "data_root=/somewhere"
    )
    assert words_of(after_train)[-1] == "--params=data_root=/somewhere"


@pytest.mark.parametrize(
    "value", ["a, b", "1", "null", " x ", "true", "1e3", [1, 2]], ids=repr
)
def test_a_parameter_that_the_command_line_would_read_otherwise_is_not_spelled(
    command, value
):
    """As a file of --config may hold."""
    assert command("draw", runtime_params={"dae": {"title": value}}) is None
    assert command("draw", "train", runtime_params={"dae": {"title": value}})


@pytest.mark.parametrize("value", [0.1, 1e-5, 3, True, None, "a b", "a=b", "x:y"])
def test_other_parameters_are_read_back_as_what_they_are(command, value):
    line = command("draw", runtime_params={"dae": {"title": value}})

    (given,) = (w for w in shlex.split(line) if w.startswith("--params="))
    read = _split_params(None, None, given.removeprefix("--params="))
    assert read == {"dae": {"title": value}}
    assert type(read["dae"]["title"]) is type(value)


def test_what_the_run_read_and_made_is_pinned_against_later_runs(
    small, days, pipeline, command
):
    first, second, third = days
    small.run(small.catalog(first))
    part = pipeline.only_nodes("score", "report")
    catalog = small.catalog(third)
    resume = ResumeHooks()
    resume.before_pipeline_run(NOTHING, part, catalog)
    assert catalog.exists("history")  # as the checks before a run ask
    small.run(catalog, "score")

    small.run(small.catalog(second, std=0.9, seed=3))
    small.run(small.catalog("2026-01-04T00.00.00.000Z", std=0.9, seed=3))

    line = resume.command("kedro run", None)
    assert versions_of(line) == {"history": first, "scores": third}


def test_what_was_pinned_stays_pinned(small, days, pipeline, command):
    small.run(small.catalog(days[0]))
    small.run(small.catalog(days[1], std=0.9))
    part = pipeline.only_nodes("train", "score", "report")

    line = command("train", part=part, load={"noise": days[0]})

    assert versions_of(line)["noise"] == days[0]


def test_kedro_is_called_as_the_user_calls_it(tmp_path, monkeypatch):
    on_the_path = tmp_path / "bin/kedro"
    elsewhere = tmp_path / "project/.venv/bin/kedro"
    for program in (on_the_path, elsewhere):
        program.parent.mkdir(parents=True)
        program.touch(0o755)
    monkeypatch.setenv("PATH", str(on_the_path.parent))
    monkeypatch.chdir(tmp_path / "project")

    assert called_as(str(on_the_path)) == "kedro run"
    assert called_as(str(elsewhere)) == ".venv/bin/kedro run"
    assert called_as(".venv/bin/kedro") == ".venv/bin/kedro run"
    assert called_as("/lib/kedro/__main__.py") == "python -m kedro run"
    module = "/lib/denoising_autoencoder/__main__.py"
    assert called_as(module) == "python -m denoising_autoencoder run"
    monkeypatch.chdir(tmp_path / "bin")
    assert called_as(str(elsewhere)) == f"{elsewhere} run"
