"""Searches in a database of a real PostgreSQL server."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, Thread

import pandas as pd
import psycopg
import pytest
from optuna.pruners import NopPruner
from optuna.samplers import RandomSampler

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.tuning.search import search
from denoising_autoencoder.tuning.storage import Place, close_study, open_study
from tests.tuning.recipes import own_recipe, tuning
from tests.tuning.servers import Server, running_server
from tests.tuning.stubs import Impatient, dying_stub, slow_stub, some_data, stub

pytestmark = pytest.mark.slow

DATA = some_data()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


def trials(folder, storage, train=stub, **changes) -> pd.DataFrame:
    parameters = tuning(**{"trials": 16, "storage": storage} | changes)
    table = search(DATA, own_recipe(), parameters, Studies(folder), train)
    return table.drop(columns="seconds")


def test_the_trials_are_those_of_sqlite_digit_for_digit(server, tmp_path):
    address = server.database("same")

    table = trials(tmp_path / "x", address)

    pd.testing.assert_frame_equal(
        table, trials(tmp_path, None), check_exact=True, obj="trials"
    )
    assert not (tmp_path / "x").exists()
    with psycopg.connect(address) as connection:
        states = connection.execute("SELECT DISTINCT state FROM trials").fetchall()
    assert {state for (state,) in states} == {"COMPLETE", "PRUNED", "FAIL"}


def test_a_worker_that_is_killed_loses_no_trial(server, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("KILLED", str(tmp_path / "killed"))
    address = server.database("killed")

    table = trials(tmp_path, address, Impatient(dying_stub, monkeypatch), workers=2)

    assert (tmp_path / "killed").exists()
    assert table["trial"].tolist() == list(range(16))
    with psycopg.connect(address) as connection:
        states = [s for (s,) in connection.execute("SELECT state FROM trials")]
    assert {"RUNNING", "WAITING"}.isdisjoint(states)


def test_a_server_that_goes_away_is_a_sentence_and_the_same_command_resumes(
    tmp_path, caplog, capfd, monkeypatch
):
    with running_server() as server:
        address = server.database("away")

        def stopping(data, fold, recipe, label, on_record):
            if label == "Trial 2, fold 1 of 3":
                server.stop()
            return stub(data, fold, recipe, label, on_record)

        for train in (
            Impatient(stopping, monkeypatch),
            stub,
        ):  # in the middle, and at the start
            with pytest.raises(ProjectError) as error:
                trials(tmp_path, address, train)
            (line,) = str(error.value).splitlines()
            assert line.startswith(f"The database {address} of tuning.storage cannot")
            assert "start its server" in line
        server.start()
        with caplog.at_level(logging.INFO):
            table = trials(tmp_path, address)

    assert "2 of 16 trials are there" in caplog.text
    assert table["trial"].tolist() == list(range(16))
    # The third one was taken up when its process had been silent for long enough.
    pd.testing.assert_frame_equal(table[:3], trials(tmp_path, None, trials=3))
    assert "Traceback" not in capfd.readouterr().err


def test_a_server_that_goes_away_is_a_sentence_in_workers_too(
    tmp_path, capfd, monkeypatch
):
    with running_server() as server:
        address = server.database("away")

        def stop() -> None:
            while count_ended(address) < 3:
                time.sleep(0.05)
            server.stop()

        stopping = Thread(target=stop)
        stopping.start()
        train = Impatient(slow_stub, monkeypatch)
        with pytest.raises(ProjectError) as error:
            trials(tmp_path, address, train, trials=99, workers=2)
        stopping.join()
        (line,) = str(error.value).splitlines()
        assert line.startswith(f"The database {address} of tuning.storage cannot")
        assert "Traceback" not in capfd.readouterr().err
        server.start()
        table = trials(tmp_path, address)

    assert table["trial"].tolist() == list(range(16))


def count_ended(address: str) -> int:
    """How many trials of a study have ended; 0 before it has tables."""
    with closing(psycopg.connect(address)) as connection:
        try:
            rows = connection.execute(
                "SELECT count(*) FROM trials WHERE state IN ('COMPLETE', 'PRUNED')"
            )
        except psycopg.errors.UndefinedTable:
            return 0
        return int(rows.fetchone()[0])


# Threads share the filters of warnings, so that one's end takes another's away.
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_several_first_runs_make_the_tables_at_once(server):
    place = Place("dae-1", None, server.database("first{s}"))
    both = Barrier(4)

    def begin(_: int) -> int:
        both.wait()
        study = open_study(place, "maximize", NopPruner(), RandomSampler())
        try:
            return study._study_id
        finally:
            close_study(study)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(begin, range(4))) == {1}


def test_a_database_that_does_not_exist_is_a_sentence(server, tmp_path):
    address = server.database("known").replace("known", "unknown")

    with pytest.raises(ProjectError, match='database "unknown" does not exist'):
        trials(tmp_path, address)


def test_tables_of_another_program_are_a_sentence(server, tmp_path):
    address = server.database("others")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE studies (cake TEXT)")

    with pytest.raises(ProjectError, match="cannot be used"):
        trials(tmp_path, address)
