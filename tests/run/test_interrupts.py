"""Signals end a run as an exception does."""

from __future__ import annotations

import signal

import pytest

from denoising_autoencoder.run.interrupts import interrupts
from tests.processes import default_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unwinds_the_stack_and_the_former_handlers_come_back(number):
    stopped, received = [], []

    with default_signals():
        before = signal.getsignal(number)
        with (
            pytest.raises(KeyboardInterrupt) as caught,
            interrupts(lambda: stopped.append(1), received),
        ):
            signal.raise_signal(number)
        after = signal.getsignal(number)

    assert caught.value.code == 128 + number
    assert received == [caught.value]
    assert stopped == [1]
    assert after is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_is_ignored_stays_ignored(number):
    with default_signals():
        signal.signal(number, signal.SIG_IGN)
        with interrupts(lambda: None, []):
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN
