"""Which errors a user is told in a sentence, and which keep their traceback."""

from __future__ import annotations

import errno
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
from kedro.io import DataCatalog, DatasetError
from kedro.pipeline import Pipeline, node
from kedro.runner import ParallelRunner, SequentialRunner, ThreadRunner

from denoising_autoencoder.errors import ImageSourceError, ParameterError, ProjectError
from denoising_autoencoder.run.session import (
    CleanSession,
    called_as,
    explain,
    interrupts,
    refuse_other_runners,
)
from tests.processes import default_signals


@pytest.fixture(autouse=True)
def _signals():
    with default_signals():
        yield


def caught(function, cause: Exception | None = None) -> Exception:
    try:
        try:
            function()
        except Exception as error:
            if cause is None:
                raise
            raise cause from error
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def raiser(error: Exception):
    def function() -> None:
        raise error

    return function


def test_a_project_error_is_its_own_sentence_even_inside_kedros():
    inner = raiser(ImageSourceError("The archive is truncated."))

    assert explain(caught(inner)) == "The archive is truncated."
    wrapped = caught(inner, DatasetError("Failed while loading data"))
    assert explain(wrapped) == "The archive is truncated."


def test_a_wrong_name_is_told_in_kedros_own_words():
    error = caught(lambda: Pipeline([]).only_nodes("ae.trian"))

    assert "ae.trian" in str(explain(error))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("operands could not be broadcast"),
        KeyError("mse"),
        TypeError("unexpected keyword"),
        FileNotFoundError(errno.ENOENT, "No such file", "x"),
    ],
)
def test_a_programmers_error_keeps_its_traceback(error):
    assert explain(caught(raiser(error))) is None
    assert explain(caught(raiser(error), DatasetError("Failed"))) is None


def test_project_errors_are_one_family():
    assert issubclass(ImageSourceError, ProjectError)


def test_kedro_is_called_as_the_user_calls_it(tmp_path, monkeypatch):
    on_the_path, elsewhere = (
        tmp_path / "bin/kedro",
        tmp_path / "project/.venv/bin/kedro",
    )
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


@pytest.mark.parametrize("runner", [None, SequentialRunner(), ThreadRunner()])
def test_runners_under_which_hooks_see_the_nodes_are_let_through(runner):
    refuse_other_runners(runner)


OTHER = ParallelRunner()


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unwinds_and_the_former_handlers_come_back(number):
    told, received = [], []
    before = signal.getsignal(number)

    with (
        pytest.raises(KeyboardInterrupt) as caught,
        interrupts(lambda: told.append(1), received),
    ):
        signal.raise_signal(number)

    assert caught.value.code == 128 + number
    assert received == [caught.value]
    assert told == [1]
    assert signal.getsignal(number) is before


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts(lambda: None, []):
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def half_done(*_: object) -> None:
    """As OmegaConf's, which finds its work half done."""
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        raise AttributeError("'NoneType' object has no attribute '_flags'")


def compiled(*_: object) -> None:
    """As compiled code that takes any error of what it calls for one and the same."""
    with suppress(BaseException):
        signal.raise_signal(signal.SIGTERM)
    raise ValueError("Invalid affine transformation matrix")


def swallowed(*_: object) -> None:
    """As a library that takes no notice."""
    with suppress(BaseException):
        signal.raise_signal(signal.SIGTERM)


def told_by_an_interrupted_run(project, capsys) -> str:
    """What a run on the command line prints when it ends as SIGTERM has it."""
    with (
        click.Context(click.Command("run")),
        CleanSession.create(project) as session,
        pytest.raises(SystemExit) as caught,
    ):
        session.run()
    assert caught.value.code == 128 + signal.SIGTERM
    return capsys.readouterr().err


def test_an_interrupt_that_a_library_swallows_ends_the_run_all_the_same(
    project, monkeypatch, capsys
):
    bootstrap_project(project)
    monkeypatch.setattr(CleanSession, "_checked_run", swallowed)

    told = told_by_an_interrupted_run(project, capsys)

    assert told.startswith("Interrupted: what was saved stays")


@pytest.mark.parametrize("load", [half_done, compiled])
def test_an_interrupt_that_a_library_turns_into_its_own_error_is_still_one(
    load, project, monkeypatch, capsys
):
    bootstrap_project(project)
    monkeypatch.setattr(OmegaConfigLoader, "__getitem__", load)

    told = told_by_an_interrupted_run(project, capsys)

    assert told.startswith("Interrupted: what was saved stays")
    assert "_flags" not in told
    assert "matrix" not in told


def test_parameters_are_checked_without_a_command_line_too(project, tmp_path):
    bootstrap_project(project)
    parameters = {"data_root": str(tmp_path), "nosie": 1}

    with (
        CleanSession.create(project, runtime_params=parameters) as session,
        pytest.raises(ParameterError, match="nosie"),
    ):
        session.run()


class Follower:
    """A plugin that follows runs, as those of kedro-viz and MLflow do."""

    def __init__(self, fails: bool = False) -> None:
        self.told: list[str] = []
        self.fails = fails

    @hook_impl
    def on_pipeline_error(self, error, run_params) -> None:
        self.told.append(f"{run_params['env']}: {error}")
        if self.fails:
            raise ConnectionError("the server is gone")


@pytest.fixture
def session_of(monkeypatch):
    """Gives a session whose run is a function of its hooks, and who follows it."""

    def make(run, follower: Follower) -> CleanSession:
        session = object.__new__(CleanSession)
        session._hook_manager = _create_hook_manager()
        session._hook_manager.register(follower)
        monkeypatch.setattr(session, "_checked_run", lambda: run(session._hook_manager))
        monkeypatch.setattr(session, "_command", lambda _: None)
        return session

    return make


def begin(hooks) -> None:
    given = {"pipeline": PIPELINE, "catalog": DataCatalog({})}
    hooks.hook.before_pipeline_run(run_params={"env": "test"}, **given)


def interrupted_at(moment: str):
    """A run that Ctrl-C meets before it begins, in the middle, or after its end."""

    def run(hooks) -> None:
        if moment != "before":
            begin(hooks)
        if moment == "after":
            hooks.hook.after_pipeline_run(
                run_params={}, run_result={}, pipeline=PIPELINE, catalog=DataCatalog({})
            )
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)

    return run


PIPELINE = Pipeline([node(lambda: 1, None, "one", name="one")])


@pytest.mark.parametrize(
    ("moment", "told"),
    [("before", []), ("middle", ["test: interrupted by SIGINT"]), ("after", [])],
)
def test_who_follows_a_run_is_told_of_an_interrupt_once(
    session_of, moment, told, capsys
):
    follower = Follower()

    with pytest.raises(SystemExit) as end, click.Context(click.Command("run")):
        session_of(interrupted_at(moment), follower).run()

    assert end.value.code == 130
    assert follower.told == told
    assert capsys.readouterr().err.startswith("Interrupted: what was saved stays")


def test_who_follows_a_program_s_run_is_told_of_an_interrupt_too(session_of):
    follower = Follower()

    def run(hooks) -> None:
        begin(hooks)
        raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt):
        session_of(run, follower).run()

    assert follower.told == ["test: stop"]


def test_an_interrupt_that_comes_up_as_another_error_is_told_as_an_interrupt(
    session_of,
):
    follower = Follower()

    def run(hooks) -> None:
        begin(hooks)
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            raise RuntimeError("a library's own words")

    with pytest.raises(SystemExit) as end, click.Context(click.Command("run")):
        session_of(run, follower).run()

    assert end.value.code == 143
    assert follower.told == ["test: interrupted by SIGTERM"]


def test_a_plugin_that_fails_at_an_interrupt_is_a_warning(session_of, capsys, caplog):
    follower = Follower(fails=True)

    with pytest.raises(SystemExit) as end, click.Context(click.Command("run")):
        session_of(interrupted_at("middle"), follower).run()

    assert end.value.code == 130
    assert "Interrupted: what was saved stays" in capsys.readouterr().err
    assert "the server is gone" in caplog.text


def test_a_closed_terminal_changes_neither_the_exit_code_nor_who_is_told(
    session_of, monkeypatch
):
    follower = Follower()

    def closed(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(click, "echo", closed)
    with pytest.raises(SystemExit) as end, click.Context(click.Command("run")):
        session_of(interrupted_at("middle"), follower).run()

    assert end.value.code == 130
    assert follower.told == ["test: interrupted by SIGINT"]


def test_an_error_that_kedro_tells_is_not_told_again(session_of):
    follower = Follower()

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
        session_of(run, follower).run()

    assert follower.told == ["test: The archive is truncated."]
