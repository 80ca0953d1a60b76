from __future__ import annotations

import os

import pytest

from denoising_autoencoder.workers import available_cores


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="the system binds no process to cores"
)
def test_only_the_cores_that_the_process_is_bound_to_are_counted():
    bound = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(bound)})
        assert available_cores() == 1
    finally:
        os.sched_setaffinity(0, bound)
    assert available_cores() == len(bound)


@pytest.mark.parametrize(("counted", "expected"), [(6, 6), (None, 1)])
def test_where_no_process_can_be_bound_all_cores_count(monkeypatch, counted, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)

    assert available_cores() == expected
