"""Signals end a run as an exception does."""

from __future__ import annotations

import os
import signal

import pytest

from denoising_autoencoder.run import interrupts as module
from denoising_autoencoder.run.interrupts import interrupts
from tests.processes import default_signals


@pytest.fixture
def exits(monkeypatch) -> list[int]:
    """The codes with which the process would have ended at once."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unwinds_the_stack_and_more_of_them_change_nothing(number, exits):
    stopped, received = [], []

    def work() -> None:
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(signal.SIGINT)  # while a checkpoint is saved

    with default_signals():
        with (
            pytest.raises(KeyboardInterrupt) as caught,
            interrupts(lambda: stopped.append(1), received),
        ):
            work()
        signal.raise_signal(signal.SIGINT)  # while the sentence is printed

    assert caught.value.code == 128 + number
    assert received == [caught.value]
    assert stopped == [1]
    assert exits == []


def test_after_a_while_a_further_signal_ends_what_hangs(monkeypatch, exits):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    received = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:  # hangs
            signal.raise_signal(signal.SIGINT)

    with default_signals():
        with pytest.raises(KeyboardInterrupt), interrupts(lambda: None, received):
            work()
        signal.raise_signal(signal.SIGINT)

    assert [interrupt.code for interrupt in received] == [143, 130]
    assert exits == [143]


def test_the_former_handlers_come_back_after_a_run_that_ends(exits):
    with default_signals():
        before = signal.getsignal(signal.SIGTERM)
        with interrupts(lambda: None, []):
            assert signal.getsignal(signal.SIGTERM) is not before
        assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_is_ignored_stays_ignored(number):
    with default_signals():
        signal.signal(number, signal.SIG_IGN)
        with interrupts(lambda: None, []):
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN
