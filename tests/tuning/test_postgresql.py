"""Searches in a database of a real PostgreSQL server."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pandas as pd
import psycopg
import pytest

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.tuning.search import search
from tests.tuning.recipes import own_recipe, tuning
from tests.tuning.servers import Server, running_server
from tests.tuning.stubs import dying_stub, some_data, stub

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

    table = trials(tmp_path, address, dying_stub, workers=2)

    assert (tmp_path / "killed").exists()
    assert table["trial"].tolist() == list(range(16))
    with psycopg.connect(address) as connection:
        states = [s for (s,) in connection.execute("SELECT state FROM trials")]
    assert {"RUNNING", "WAITING"}.isdisjoint(states)


def test_a_server_that_goes_away_is_a_sentence_and_the_same_command_goes_on(
    tmp_path, caplog, capfd
):
    with running_server() as server:
        address = server.database("away")

        def stopping(data, fold, recipe, label, on_record):
            if label == "Trial 2, fold 1 of 3":
                server.stop()
            return stub(data, fold, recipe, label, on_record)

        for train in (stopping, stub):  # in the middle, and at the start
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
