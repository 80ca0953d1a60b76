"""What a database can do to a search, as sentences."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from optuna import Study
from optuna.exceptions import UpdateFinishedTrialError
from optuna.pruners import NopPruner
from optuna.samplers import RandomSampler
from optuna.storages._rdb.models import TrialModel
from optuna.trial import TrialState

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.tuning import storage
from denoising_autoencoder.tuning.finished import finished_trainings
from denoising_autoencoder.tuning.sampler import SamplerByPlace
from denoising_autoencoder.tuning.search import search
from denoising_autoencoder.tuning.storage import (
    Place,
    close_study,
    open_study,
    storage_errors,
)
from tests.tuning.recipes import own_recipe, tuning
from tests.tuning.stubs import Interrupting, some_data, stub

DATA = some_data()


def trials(folder: Path, train: Any = stub, **changes: Any) -> pd.DataFrame:
    table = search(DATA, own_recipe(), tuning(**changes), Studies(folder), train)
    return table.drop(columns="seconds")


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def database(folder):
    (path,) = folder.glob("*.db")
    return path


def test_a_damaged_database_is_a_sentence(tmp_path):
    trials(tmp_path, trials=1)
    database(tmp_path).write_bytes(b"not a database" * 1000)

    with pytest.raises(DatasetFileError, match=r"is damaged .*: move it away") as error:
        trials(tmp_path, trials=2)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_database_of_another_program_is_a_sentence(tmp_path):
    trials(tmp_path, trials=1)
    with sqlite3.connect(database(tmp_path)) as connection:
        connection.execute("DROP TABLE trials")
        connection.execute("CREATE TABLE trials (cake TEXT)")
    connection.close()

    with pytest.raises(DatasetFileError, match=r"is damaged or of another program"):
        trials(tmp_path, trials=2)


def test_a_study_needs_no_hard_links(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)

    first = trials(tmp_path, trials=1)

    same(trials(tmp_path, trials=2)[:1], first)
    assert [file.suffix for file in tmp_path.iterdir()] == [".db"]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program writes; who reads may go on."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.slow
def test_a_locked_database_is_a_sentence(tmp_path, monkeypatch):
    trials(tmp_path, trials=1)
    monkeypatch.setattr(storage, "_PATIENCE", 0)

    with (
        locked(database(tmp_path)),
        pytest.raises(DatasetFileError, match="locked by another program"),
    ):
        trials(tmp_path, trials=2)

    assert len(trials(tmp_path, trials=2)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("when", ["in a fold", "at the end of a trial"])
def test_a_database_that_is_locked_in_the_middle_is_a_sentence(
    when, tmp_path, monkeypatch
):
    monkeypatch.setattr(storage, "_PATIENCE", 0)
    monkeypatch.setattr(storage, "GRACE", 1)
    ends = []

    with ExitStack() as locks:

        def lock() -> None:
            locks.enter_context(locked(database(tmp_path)))

        def train(data, fold, recipe, label, on_record):
            if label.startswith("Trial 1, fold 1") and when == "in a fold":
                lock()
            return stub(data, fold, recipe, label, on_record)

        def after_trial(self, study, trial, state, values):
            ends.append(trial.number)
            if ends == [0, 1] and when == "at the end of a trial":
                lock()

        with monkeypatch.context() as patch:
            patch.setattr(SamplerByPlace, "after_trial", after_trial)
            with pytest.raises(DatasetFileError) as error:
                trials(tmp_path, train, trials=3)

    assert "has been locked by another program" in str(error.value)
    assert "\n" not in str(error.value)
    time.sleep(2.1)  # the database counts whole seconds
    same(trials(tmp_path, trials=3), trials(tmp_path / "whole", trials=3))


class FullDisk:
    """Connections to databases, which one day cannot grow any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pages: int | None) -> None:
        self.connections: list[sqlite3.Connection] = []
        self.pages = pages
        connect = storage._connect

        def opened(file: Path) -> sqlite3.Connection:
            self.connections.append(connect(file))
            self.limit(self.connections[-1])
            return self.connections[-1]

        monkeypatch.setattr(storage, "_connect", opened)

    def limit(self, connection: sqlite3.Connection) -> None:
        if self.pages is not None:
            connection.execute(f"PRAGMA max_page_count = {self.pages}")

    def fill(self) -> None:
        self.pages = 1  # as many as there are
        for connection in self.connections:
            with suppress(sqlite3.ProgrammingError):  # closed
                self.limit(connection)


def test_no_room_for_a_new_study_is_a_sentence_and_leaves_nothing(
    tmp_path, monkeypatch
):
    FullDisk(monkeypatch, pages=9)

    with pytest.raises(
        DatasetFileError, match=r"cannot be written \(database or disk is full\): make"
    ):
        trials(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_in_the_middle_is_a_sentence(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        disk = FullDisk(patch, pages=None)

        def train(data, fold, recipe, label, on_record):
            if label.startswith("Trial 1, fold 1"):
                disk.fill()
            return stub(data, fold, recipe, label, on_record)

        with pytest.raises(DatasetFileError, match=r"disk is full\): make room"):
            trials(tmp_path, train, trials=40)

    assert len(trials(tmp_path, trials=2)) == 2


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(DatasetFileError, match=r"cannot be written .* give access"):
        trials(tmp_path / "file")


def test_an_error_of_the_system_in_a_training_is_not_the_databases(tmp_path):
    train = Interrupting(2, OSError(errno.EIO, os.strerror(errno.EIO)))

    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        trials(tmp_path, train)


def test_a_training_that_cannot_be_kept_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_PATIENCE", 0)
    place = Place("dae-1", tmp_path / "dae-1.db", None)

    with finished_trainings(place, tuning()) as finished:
        with (
            locked(tmp_path / "dae-1.db"),
            pytest.raises(DatasetFileError, match="locked by another program"),
        ):
            finished["confirmed a"] = [25.5, 0.01]
        assert "confirmed a" not in finished


def test_an_error_without_words_is_called_by_its_name():
    place = Place("dae-1", Path("dae-1.db"), None)

    with (
        pytest.raises(DatasetFileError, match="OperationalError"),
        storage_errors(place),
    ):
        raise sqlite3.OperationalError("")


@pytest.mark.parametrize("state", [TrialState.RUNNING, TrialState.FAIL])
def test_only_one_of_two_processes_changes_the_state_of_a_trial(
    state, tmp_path, monkeypatch
):
    place = Place("dae-1", tmp_path / "dae-1.db", None)
    one, two = (
        open_study(place, "maximize", NopPruner(), RandomSampler()) for _ in range(2)
    )
    one.enqueue_trial({})
    number = one.get_trials(deepcopy=False)[0]._trial_id
    changed = []
    find = TrialModel.find_or_raise_by_id

    def change(study: Study) -> None:
        with suppress(UpdateFinishedTrialError):
            changed.append(study._storage.set_trial_state_values(number, state))

    faster = Thread(target=change, args=(two,))

    def find_slowly(*arguments: Any, **options: Any) -> TrialModel:
        found = find(*arguments, **options)
        if faster.ident is None:  # between reading and writing
            faster.start()
            faster.join(0.5)
        return found

    monkeypatch.setattr(TrialModel, "find_or_raise_by_id", find_slowly)
    change(one)
    faster.join()

    assert changed.count(True) == 1
    close_study(one)
    close_study(two)
