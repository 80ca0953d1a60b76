"""What a session checks first, and how it ends when it is interrupted."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import click
import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.hooks import hook_impl
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import ParallelRunner

from denoising_autoencoder.errors import ImageSourceError, ParameterError, ProjectError
from denoising_autoencoder.run.parameters import read_parameters
from denoising_autoencoder.run.session import CleanSession
from tests.processes import default_signals

OTHER = ParallelRunner()
PIPELINE = Pipeline([node(lambda: 1, None, "one", name="one")])
INTERRUPTED = "Interrupted: every saved file is complete."


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {"runner": OTHER}), ((None, None, None, OTHER), {})]
)
def test_another_runner_is_refused_however_it_is_given(project, args, kwargs):
    bootstrap_project(project)

    with (
        CleanSession.create(project) as session,
        pytest.raises(ProjectError, match="ParallelRunner runs nodes in other"),
    ):
        session.run(*args, **kwargs)


def test_parameters_are_checked_without_a_command_line_too(project, tmp_path):
    bootstrap_project(project)
    parameters = {"data_root": str(tmp_path), "nosie": 1}

    with (
        CleanSession.create(project, runtime_params=parameters) as session,
        pytest.raises(ParameterError, match="nosie"),
    ):
        session.run()


@pytest.mark.parametrize("version", ["newest", "2026-02-30T12.00.00.000Z", ""])
def test_a_malformed_version_is_refused_before_any_work(version, project, tmp_path):
    bootstrap_project(project)
    parameters = {"data_root": str(tmp_path / "data"), "run_version": version}

    with (
        CleanSession.create(project, runtime_params=parameters) as session,
        pytest.raises(ParameterError, match=f"run_version is '{version}', but a"),
    ):
        session.run()
    assert list(tmp_path.iterdir()) == []


def test_no_file_gives_all_runs_one_version(project, tmp_path):
    loader = OmegaConfigLoader(
        str(project / "conf"),
        config_patterns={"parameters": ["parameters*"]},
        base_env="base",
        default_run_env=str(tmp_path),
    )
    (tmp_path / "parameters.yml").write_text("run_version: 2026-01-01T00.00.00.000Z")

    with pytest.raises(ParameterError, match="run_version is set in a file"):
        read_parameters(loader)


class Follower:
    """A plugin that follows runs, as those of kedro-viz and MLflow do."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.fails = False

    @hook_impl
    def on_pipeline_error(self, error, run_params) -> None:
        self.told.append(f"{run_params['env']}: {error}")
        if self.fails:
            raise ConnectionError("the server is gone")


@pytest.fixture
def follower():
    return Follower()


@pytest.fixture
def session_of(follower, monkeypatch):
    """Gives a session whose run is a function of its hooks."""

    def make(run) -> CleanSession:
        session = object.__new__(CleanSession)
        session._hook_manager = _create_hook_manager()
        session._hook_manager.register(follower)
        monkeypatch.setattr(session, "_checked_run", lambda: run(session._hook_manager))
        monkeypatch.setattr(session, "_command", lambda _: None)
        return session

    return make


@pytest.fixture
def exit_code_of(session_of):
    """Runs a function of hooks as a command line does; its exit code."""

    def call(run) -> int:
        command_line = click.Context(click.Command("run"))
        with default_signals(), command_line, pytest.raises(SystemExit) as end:
            session_of(run).run()
        return end.value.code

    return call


def begin(hooks) -> None:
    given = {"pipeline": PIPELINE, "catalog": DataCatalog({})}
    hooks.hook.before_pipeline_run(run_params={"env": "test"}, **given)


def interrupt(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)
    time.sleep(10)


def interrupted_at_its_begin(hooks) -> None:
    interrupt()


def interrupted_in_its_middle(hooks) -> None:
    begin(hooks)
    interrupt()


def interrupted_after_its_end(hooks) -> None:
    begin(hooks)
    hooks.hook.after_pipeline_run(
        run_params={}, run_result={}, pipeline=PIPELINE, catalog=DataCatalog({})
    )
    interrupt()


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (interrupted_at_its_begin, []),
        (interrupted_in_its_middle, ["test: interrupted by SIGINT"]),
        (interrupted_after_its_end, []),
    ],
)
def test_plugins_are_told_of_an_interrupt_once(
    run, told, exit_code_of, follower, capsys
):
    assert exit_code_of(run) == 130

    assert follower.told == told
    assert capsys.readouterr().err.startswith(INTERRUPTED)


def swallowed(hooks) -> None:
    """A library catches every exception."""
    begin(hooks)
    with suppress(BaseException):
        interrupt(signal.SIGTERM)


def replaced(hooks) -> None:
    """OmegaConf fails in a `finally` when its work is half done."""
    begin(hooks)
    try:
        interrupt(signal.SIGTERM)
    finally:
        raise ParameterError("The configuration cannot be read: '_flags'")


@pytest.mark.parametrize("run", [swallowed, replaced])
def test_an_interrupt_that_a_library_swallows_or_replaces_is_still_one(
    run, exit_code_of, follower, capsys
):
    assert exit_code_of(run) == 143

    assert follower.told == ["test: interrupted by SIGTERM"]
    errors = capsys.readouterr().err
    assert errors.startswith(INTERRUPTED)
    assert "_flags" not in errors


def test_plugins_are_told_of_an_interrupt_of_a_program_s_run_too(session_of, follower):
    def run(hooks) -> None:
        begin(hooks)
        raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt):
        session_of(run).run()

    assert follower.told == ["test: stop"]


def test_a_plugin_that_fails_at_an_interrupt_is_a_warning(
    exit_code_of, follower, caplog
):
    follower.fails = True

    assert exit_code_of(interrupted_in_its_middle) == 130

    assert "the server is gone" in caplog.text


def test_a_closed_terminal_changes_neither_the_exit_code_nor_what_plugins_are_told(
    exit_code_of, follower, monkeypatch
):
    def closed(*_: object, **__: object) -> None:
        raise OSError("Input/output error")

    monkeypatch.setattr(click, "echo", closed)

    assert exit_code_of(interrupted_in_its_middle) == 130

    assert follower.told == ["test: interrupted by SIGINT"]


def test_plugins_are_not_told_again_of_an_error_that_kedro_tells_them(
    session_of, follower
):
    def run(hooks) -> None:
        begin(hooks)
        error = ImageSourceError("The archive is truncated.")
        hooks.hook.on_pipeline_error(
            error=error,
            run_params={"env": "test"},
            pipeline=PIPELINE,
            catalog=DataCatalog({}),
        )
        raise error

    with pytest.raises(click.ClickException), click.Context(click.Command("run")):
        session_of(run).run()

    assert follower.told == ["test: The archive is truncated."]
