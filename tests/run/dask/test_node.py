"""A node in a worker, after attempts of workers that have died."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import cloudpickle
import pytest
from kedro.pipeline import node as make_node

from denoising_autoencoder.compute import cores
from denoising_autoencoder.hooks import LineageHooks
from denoising_autoencoder.run.dask import node as worker_side
from denoising_autoencoder.run.dask.node import Job, run_node, stop_nodes
from denoising_autoencoder.terminal.progress import progress_bar
from tests.run.dask.conftest import VERSION

TOPIC = "topic"


@pytest.fixture
def events(monkeypatch):
    """What the worker sends to the process of the run."""
    sent = []
    worker = SimpleNamespace(
        ip="127.0.0.1",
        state=SimpleNamespace(nthreads=1),
        log_event=lambda topic, event: sent.append((topic, *event)),
    )
    monkeypatch.setattr(worker_side, "get_worker", lambda: worker)
    monkeypatch.setattr(worker_side, "_set_up", lambda: None)
    monkeypatch.setattr(worker_side, "_stopped", set())
    monkeypatch.setattr(cores, "_share", [])
    return sent


def run(function, outputs, catalog, **changes):
    node = make_node(function, None, outputs, name="make")
    job = Job(node, catalog, [LineageHooks()], VERSION, TOPIC, {"127.0.0.1": 2})
    return run_node(cloudpickle.dumps(job))


def test_a_node_whose_worker_died_between_two_saves_runs_again(events, catalog_of):
    catalog_of("a", "b")["a"].save("of the attempt that died")

    versions = run(lambda: ("new a", "new b"), ["a", "b"], catalog_of("a", "b"))

    assert versions == {"a": VERSION, "b": VERSION}
    catalog = catalog_of("a", "b")
    assert [catalog.load(name) for name in "ab"] == ["new a", "new b"]
    assert catalog["a"].lineage().node == "make"
    assert catalog["a"].lineage().siblings == ("b",)


def test_a_node_whose_worker_died_after_the_last_save_does_not_run_again(
    events, catalog_of
):
    for name in "ab":
        catalog_of("a", "b")[name].save(name)

    versions = run(lambda: 1 / 0, ["a", "b"], catalog_of("a", "b"))

    assert versions == {"a": VERSION, "b": VERSION}
    assert catalog_of("a", "b").load("a") == "a"


def test_bars_and_log_of_a_node_are_sent_to_the_run(events, catalog_of, monkeypatch):
    logger = logging.getLogger("denoising_autoencoder.trainer")
    handler = worker_side._ToTheRun()
    monkeypatch.setattr(logger, "handlers", [handler])

    def train() -> int:
        logger.warning("step %d", 3)
        with progress_bar("DAE", 10) as update:
            update(4, "loss 0.1")
        return 1

    run(train, "a", catalog_of("a"))
    logger.warning("of no node")

    start, log, bar, shows, ends = events
    assert start == (TOPIC, "starts", "make")
    assert log == (TOPIC, "log", "make", logger.name, logging.WARNING, "step 3")
    assert bar[1:3] + bar[4:] == ("bar", "make", "DAE", 10, 0, "", True)
    assert shows == (TOPIC, "shows", "make", bar[3], 4.0, "loss 0.1")
    assert ends == (TOPIC, "ends", "make", bar[3])


def test_a_node_of_a_stopped_run_is_not_begun(events, catalog_of):
    stop_nodes(TOPIC)

    assert run(lambda: 1, "a", catalog_of("a")) is None
    assert not events
    assert not catalog_of("a").exists("a")


def test_an_interrupted_node_does_not_end_the_worker(events, catalog_of):
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert run(interrupted, "a", catalog_of("a")) is None
    assert not worker_side._running


def test_a_worker_takes_its_share_of_the_cores(events, catalog_of, monkeypatch):
    monkeypatch.setattr(cores, "_bound", lambda: 8)
    monkeypatch.setattr(cores, "_quotas", lambda _: [])

    run(cores.available_cores, "a", catalog_of("a"))
    run(cores.available_cores, "b", catalog_of("b"))

    assert catalog_of("a").load("a") == 4
    assert catalog_of("b").load("b") == 4  # and not half of the half
