"""Which errors a user is told in a sentence, and which keep their traceback."""

from __future__ import annotations

import errno
import signal
from contextlib import suppress

import click
import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.startup import bootstrap_project
from kedro.io import DatasetError
from kedro.pipeline import Pipeline
from kedro.runner import ParallelRunner, SequentialRunner, ThreadRunner

from denoising_autoencoder.errors import (
    ImageSourceError,
    ParameterError,
    ProjectError,
)
from denoising_autoencoder.session import (
    CleanSession,
    called_as,
    explain,
    interrupts,
    refuse_other_runners,
)


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
    assert called_as(module) == "python -m denoising_autoencoder"
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
