"""What ends a trial: errors, memory, other processes; and who goes on with it."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from optuna.trial import TrialState

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.tuning import loop as module
from denoising_autoencoder.tuning import storage
from denoising_autoencoder.tuning.loop import Loop
from denoising_autoencoder.tuning.search import Task, find_place, search
from denoising_autoencoder.tuning.storage import close_study
from denoising_autoencoder.tuning.trials import REASON, STEPS, SURPLUS, continued
from tests.tuning.recipes import own_recipe, tuning
from tests.tuning.stubs import Interrupting, some_data, stub

# A trial that was begun by `ask` gives no signs of life, as these tests need it.
pytestmark = pytest.mark.filterwarnings("ignore:Heartbeat of storage")

DATA = some_data()
SPACE = tuning().space


def trials(folder: Path, train: Any = stub, **changes: Any) -> pd.DataFrame:
    table = search(DATA, own_recipe(), tuning(**changes), Studies(folder), train)
    return table.drop(columns="seconds")


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> pd.DataFrame:
    return trials(tmp_path_factory.mktemp("whole"), trials=6, pruner="none")


class Process:
    """A process of a search in the same study."""

    def __init__(self, folder: Path, limit: int = 6) -> None:
        parameters, own = tuning(trials=limit, pruner="none"), own_recipe()
        place = find_place(DATA, own, parameters, Studies(folder))
        task = Task(
            *(place, parameters, own, DATA.images, DATA.folds, DATA.noise, 0, None),
            deadline=None,
            train=stub,
        )
        self.study = task.open_study()
        self.loop: Loop = task.loop(self.study, bool, lambda: None)

    def numbers(self, state: TrialState) -> list[int]:
        trials = self.study.get_trials(states=[state])
        return [trial.number for trial in trials]

    def close(self) -> None:
        close_study(self.study)


@pytest.fixture
def processes(tmp_path):
    """Two processes, and the folder of their study."""
    trials(tmp_path, trials=1, pruner="none")
    both = [Process(tmp_path), Process(tmp_path)]
    yield both
    for process in both:
        process.close()


def set_state(folder: Path, number: int, state: str) -> None:
    (file,) = folder.glob("*.db")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "UPDATE trials SET state = ? WHERE number = ?", (state, number)
        )


def test_an_error_of_a_training_ends_the_search_and_loses_no_fold(tmp_path, whole):
    error = RuntimeError("a kernel")  # as those are of memory that has run out
    first = Interrupting(5, error)
    with pytest.raises(RuntimeError, match="a kernel"):
        trials(tmp_path, first, trials=6, pruner="none")

    last = Interrupting(0, error)
    same(trials(tmp_path, last, trials=6, pruner="none"), whole)
    assert len(first.folds + last.folds) == len(set(first.folds + last.folds))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"),
        RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB"),
    ],
)
def test_a_recipe_that_needs_too_much_memory_is_a_failed_trial(error, tmp_path):
    table = trials(tmp_path, Interrupting(4, error), trials=3)

    assert table["state"].tolist()[:2] == ["complete", "failed"]
    assert table["reason"].tolist() == ["", "memory has run out", ""]


class TakenOver:
    """Trains as the stub does; the second fold of trial 1 stands still for long."""

    def __init__(self, folder: Path, state: str, error: BaseException | None) -> None:
        self.folder, self.state, self.error = folder, state, error
        self.folds: list[str] = []

    def __call__(self, data, fold, recipe, label, on_record):
        self.folds.append(label)
        if self.folds.count("Trial 1, fold 1 of 3") == 1 == fold:
            set_state(self.folder, 1, self.state)
            if self.error is not None:
                raise self.error
        return stub(data, fold, recipe, label, on_record)


def test_a_trial_that_another_process_took_over_is_left_to_it(tmp_path, whole, caplog):
    train = TakenOver(tmp_path, "FAIL", None)

    with caplog.at_level(logging.WARNING):
        same(trials(tmp_path, train, trials=6, pruner="none"), whole)

    assert "another took it over" in caplog.text
    assert train.folds.count("Trial 1, fold 0 of 3") == 1
    assert train.folds.count("Trial 1, fold 1 of 3") == 2


def test_a_trial_that_another_process_finished_meanwhile_counts_once(tmp_path, caplog):
    train = TakenOver(tmp_path, "PRUNED", None)

    with caplog.at_level(logging.WARNING):
        table = trials(tmp_path, train, trials=3, pruner="none")

    assert "another took it over" in caplog.text
    assert table["state"].tolist() == ["complete", "pruned", "complete"]


@pytest.mark.parametrize("error", [KeyboardInterrupt("^C"), ValueError("^C")])
def test_ctrl_c_and_errors_are_heard_in_a_trial_that_was_taken_over(error, tmp_path):
    train = TakenOver(tmp_path, "FAIL", error)

    with pytest.raises(type(error), match=r"\^C"):
        trials(tmp_path, train, trials=6, pruner="none")


@pytest.mark.slow
def test_a_trial_too_many_is_not_counted(tmp_path, whole):
    same(trials(tmp_path, trials=3, pruner="none"), whole[:3])
    process = Process(tmp_path, limit=3)

    process.loop._run_one()  # as if another had begun the third at the same time

    (surplus,) = process.study.get_trials(states=[TrialState.FAIL])
    assert surplus.user_attrs[SURPLUS]
    assert STEPS not in surplus.user_attrs, "nothing was trained"
    process.close()
    same(trials(tmp_path, trials=3, pruner="none"), whole[:3])
    assert len(trials(tmp_path, trials=5, pruner="none")) == 5


@pytest.mark.slow
def test_a_shorter_run_leaves_the_trials_of_a_longer_one_in_the_queue(tmp_path, whole):
    first = Interrupting(3 * 4 + 2, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        trials(tmp_path, first, trials=6, pruner="none")
    trials(tmp_path, trials=6, pruner="none", seconds=1e-9)  # puts trial 4 back
    set_state(tmp_path, 1, "FAIL")  # this one comes after it

    trials(tmp_path, trials=3, pruner="none")

    last = Interrupting(0, KeyboardInterrupt())
    same(trials(tmp_path, last, trials=6, pruner="none"), whole)
    assert "Trial 4, fold 0 of 3" not in last.folds


def test_a_shorter_run_that_waits_for_another_process_begins_nothing(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(storage, "GRACE", 999)
    monkeypatch.setattr(module, "_LOOK", 0.0)
    trials(tmp_path, trials=2, pruner="none")
    process = Process(tmp_path, limit=2)
    process.study.enqueue_trial({})  # of a longer run
    set_state(tmp_path, 1, "RUNNING")
    looks = iter(range(3))

    process.loop.after = lambda: next(looks)
    with pytest.raises(StopIteration):
        process.loop.run()

    assert process.numbers(TrialState.WAITING) == [2]
    assert len(process.study.get_trials()) == 3
    process.close()


def test_two_processes_put_a_trial_back_once(processes, monkeypatch):
    monkeypatch.setattr(module, "GRACE", -1.0)
    one, two = processes
    one.study.ask()  # and its process dies
    seen = one.study.get_trials()

    for process in processes:  # both have seen it running
        process.loop._look_after_others(seen)
    for process in processes:
        process.loop._trials()

    assert two.numbers(TrialState.FAIL) == [1]
    assert two.numbers(TrialState.WAITING) == [2]


@pytest.mark.slow
def test_a_trial_that_is_interrupted_while_it_is_chosen_is_chosen_again(
    processes, whole, tmp_path
):
    one, two = processes
    trial = one.study.ask()
    trial.suggest_float("learning_rate", 0.001, 0.1, log=True)
    one.study.tell(trial, state=TrialState.FAIL)

    two.loop.run()

    same(trials(tmp_path, trials=6, pruner="none"), whole)


def test_a_trial_that_two_processes_put_back_at_once_waits_once(processes):
    one, two = processes
    one.study.tell(one.study.ask(), state=TrialState.FAIL)
    trials = one.study.get_trials()
    for process in processes:  # neither sees the other's copy
        process.study.add_trial(continued(trials[1], trials, SPACE))
    assert one.numbers(TrialState.WAITING) == [2, 3]

    two.loop._trials()

    assert one.numbers(TrialState.WAITING) == [2]
    two.loop.run()
    assert len(two.numbers(TrialState.COMPLETE)) == 6


@pytest.mark.slow
def test_a_copy_whose_process_dies_at_once_is_put_back(processes, monkeypatch):
    monkeypatch.setattr(module, "GRACE", -1.0)
    one, two = processes
    trial = one.study.ask()
    trial.set_user_attr(STEPS, 8)
    one.study.tell(trial, state=TrialState.FAIL)  # and dies before it is put back
    one.loop._trials()
    one.study.ask()  # the copy begins, and never gives a sign of life

    two.loop.run()

    assert two.numbers(TrialState.RUNNING) == []
    assert len(two.numbers(TrialState.COMPLETE)) == 6


def test_a_process_that_dies_once_it_has_a_reason_leaves_a_failed_trial(
    processes, monkeypatch
):
    monkeypatch.setattr(module, "GRACE", -1.0)
    one, two = processes
    one.study.ask().set_user_attr(REASON, "the loss became nan")

    two.loop._look_after_others(two.study.get_trials())
    two.loop.run()

    assert two.numbers(TrialState.FAIL) == [1]
    assert len(two.study.get_trials()) == 6


@pytest.mark.slow
def test_a_trial_that_kills_its_process_does_not_block_the_study(processes):
    one, two = processes
    for number in (1, 2, 3):
        assert one.study.ask().number == number
        one.study.tell(number, state=TrialState.FAIL)
        two.loop._trials()

    two.loop.run()

    (failed,) = [
        trial
        for trial in two.study.get_trials(states=[TrialState.FAIL])
        if REASON in trial.user_attrs
    ]
    assert failed.user_attrs[REASON] == "its process died 3 times in one fold"
    assert len(two.numbers(TrialState.COMPLETE)) == 5
