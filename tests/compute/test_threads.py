"""Python threads of which each computes on one core."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from denoising_autoencoder.compute import threads
from denoising_autoencoder.compute.threads import on_threads, one_core_an_operation

CPU = torch.device("cpu")


def test_calls_are_made_at_the_same_time_and_their_results_come_in_order():
    both = threading.Barrier(2, timeout=20)

    def call(item: int) -> int:
        both.wait()  # for ever, if one call waited for the other
        time.sleep(0.02 if item % 2 == 0 else 0)
        return 10 * item

    with on_threads(2, CPU) as in_order:
        assert list(in_order(call, range(6))) == [0, 10, 20, 30, 40, 50]


def test_items_are_read_only_shortly_before_a_thread_needs_them():
    read = []
    items = (read.append(number) or number for number in range(100))

    with on_threads(2, CPU) as in_order:
        results = in_order(lambda item: item, items)
        assert next(results) == 0
        assert read == [0, 1, 2]


def test_an_error_of_a_call_is_raised_and_calls_that_wait_are_left_out():
    called = []

    def call(item: int) -> None:
        called.append(item)
        time.sleep(0.05)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), on_threads(2, CPU) as in_order:
        list(in_order(call, range(50)))

    assert len(called) <= 5  # two at once, and two more that had begun meanwhile


@pytest.mark.parametrize(
    ("count", "device", "in_caller"),
    [(1, "cpu", True), (3, "cuda", True), ("auto", "cpu", False), (3, "cpu", False)],
)
def test_one_thread_and_a_gpu_need_no_further_thread(
    monkeypatch, count, device, in_caller
):
    monkeypatch.setattr(threads, "available_cores", lambda: 4)

    with on_threads(count, torch.device(device)) as in_order:
        used = set(in_order(lambda _: threading.get_ident(), range(20)))

    assert (used == {threading.get_ident()}) == in_caller


def test_an_operation_computes_on_one_core_in_every_thread():
    before = torch.get_num_threads()

    with on_threads(2, CPU) as in_order:
        inside = [torch.get_num_threads()]
        inside += in_order(lambda _: torch.get_num_threads(), range(4))

    assert set(inside) == {1}
    assert torch.get_num_threads() == before


def test_the_last_of_several_trainings_restores_pytorchs_number():
    torch.set_num_threads(3)
    first_inside, first_may_leave = threading.Event(), threading.Event()

    def first() -> None:
        with one_core_an_operation:
            first_inside.set()
            assert first_may_leave.wait(20)

    try:
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(first)
            assert first_inside.wait(20)
            with one_core_an_operation:
                first_may_leave.set()
                other.result()
                # A new thread takes the process's number.
                assert pool.submit(torch.get_num_threads).result() == 1
                with ThreadPoolExecutor(1) as new:
                    assert new.submit(torch.get_num_threads).result() == 1
        assert torch.get_num_threads() == 3
        with pytest.raises(ZeroDivisionError), one_core_an_operation:
            raise ZeroDivisionError
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(1)
