"""Processes that meet in a store which outlives them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from torch.distributed import TCPStore

from denoising_autoencoder.compute import torchrun
from denoising_autoencoder.compute.torchrun import Group


@pytest.fixture
def agents_store(monkeypatch) -> TCPStore:
    store = TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    monkeypatch.setenv("MASTER_PORT", str(store.port))
    monkeypatch.setenv("TORCHELASTIC_USE_AGENT_STORE", "True")
    return store


@pytest.mark.parametrize("first", [0, 2])
def test_each_attempt_meets_in_a_part_of_its_own(first, agents_store):
    """Whoever comes first; what earlier attempts wrote is still there."""
    for _ in range(3):
        ranks = [first, *(rank for rank in range(3) if rank != first)]
        with ThreadPoolExecutor(3) as pool:
            coming = []
            for rank in ranks:
                group = Group(rank, 3)
                coming.append(pool.submit(torchrun._store_of_this_attempt, group))
                time.sleep(0.2 * (rank == first))
            parts = [one.result(timeout=60) for one in coming]

        assert not parts[0].check(["address"])
        parts[0].set("address", "mine")
        assert [part.get("address") for part in parts] == [b"mine"] * 3


OF_A_BATCH_SYSTEM = {"RANK": "0", "WORLD_SIZE": "4"}
OF_TORCHRUN = OF_A_BATCH_SYSTEM | {
    "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "1",
}


@pytest.mark.parametrize(
    ("variables", "here"),
    [({}, 1), (OF_A_BATCH_SYSTEM, 1), (OF_TORCHRUN, 2)],
)
def test_the_processes_of_this_machine_are_counted(variables, here, monkeypatch):
    for name in OF_TORCHRUN:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert torchrun.processes_here() == here
    assert torchrun.is_shared() == (here > 1)
