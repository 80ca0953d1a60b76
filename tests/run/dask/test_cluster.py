"""Clusters that do not fit, and nodes on a cluster of one worker."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import pytest
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.errors import ImageSourceError, ProjectError
from denoising_autoencoder.run.dask import DaskRunner
from denoising_autoencoder.run.dask.cluster import _refuse_other_versions, connected
from tests.run.dask.conftest import VERSION

ADDRESS = "tcp://10.0.0.7:8786"


def described(python: str = "3.12.1.final.0", **packages: str) -> dict[str, object]:
    ours = {"denoising_autoencoder": "1.2", "kedro": "1.7.0", "torch": "2.14.1"}
    return {"host": {"python": python}, "packages": {**ours, **packages}}


class Client:
    def __init__(self, *workers: dict[str, object]) -> None:
        self._workers = {f"tcp://{n}": worker for n, worker in enumerate(workers)}

    def get_versions(self, packages):
        assert "denoising_autoencoder" in packages
        return {"client": described(), "workers": self._workers}


def test_workers_of_another_patch_release_of_python_are_accepted():
    _refuse_other_versions(Client(described(), described("3.12.9.final.0")), ADDRESS)


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        ([], f"{ADDRESS} has no worker: start some by `dask worker {ADDRESS}"),
        ([described(), described("3.11.7.final.0")], "tcp://1 has Python 3.11"),
        (
            [described(denoising_autoencoder="1.1")],
            "tcp://0 has denoising_autoencoder 1.1, and this process 1.2",
        ),
        ([described(torch=None)], "tcp://0 has torch not installed"),
    ],
)
def test_a_cluster_with_other_versions_is_refused(workers, words):
    with pytest.raises(ProjectError, match=words):
        _refuse_other_versions(Client(*workers), ADDRESS)


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_refused():
    with (
        pytest.raises(ProjectError, match="No scheduler answers at tcp://127"),
        connected(1, "tcp://127.0.0.1:1"),
    ):
        pass


@pytest.fixture
def run(catalog_of) -> Callable[..., list[object]]:
    """Runs functions of this module as nodes, one after the other, on one worker."""
    module = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(module)  # the worker cannot import it

    def call(*functions: Callable[..., object]) -> list[object]:
        names = [function.__name__ for function in functions]
        sources = [None, *names]
        pipeline = Pipeline(
            [
                node(function, source, name, name=name)
                for function, source, name in zip(
                    functions, sources, names, strict=False
                )
            ]
        )
        catalog = catalog_of(*names)
        DaskRunner(workers=1).run(pipeline, catalog, run_id=VERSION)
        return [catalog.load(name) for name in names]

    yield call
    cloudpickle.unregister_pickle_by_value(module)


def first() -> int:
    return os.getpid()


def second(process: int) -> list[int]:
    return [process, os.getpid()]


def fails() -> None:
    cause = ValueError("not an image")
    raise ImageSourceError("No images: give images.path.") from cause


def ends_its_worker() -> None:
    time.sleep(1)  # until Dask knows that the worker has started
    os.kill(os.getpid(), signal.SIGKILL)


def ends_its_worker_once() -> int:
    marker = Path(os.environ["MARKER"])
    if not marker.exists():
        marker.touch()
        time.sleep(1)  # until the run knows that the node has begun
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


@pytest.mark.slow
def test_nodes_run_in_the_worker_and_read_what_was_saved(run):
    process, pair = run(first, second)

    assert process != os.getpid()
    assert pair == [process, process]


@pytest.mark.slow
def test_an_error_keeps_its_sentence_and_its_cause(run):
    with pytest.raises(
        ImageSourceError, match=r"^No images: give images\.path\.$"
    ) as e:
        run(fails)

    assert isinstance(e.value.__cause__, ValueError)


@pytest.mark.slow
def test_a_node_that_ends_every_worker_is_given_up(run):
    # The second where Dask missed that the worker had started.
    sentences = "ends_its_worker was given up, since 4|All workers have died"
    with pytest.raises(ProjectError, match=sentences):
        run(ends_its_worker)


@pytest.mark.slow
def test_a_node_whose_worker_dies_begins_again(run, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("MARKER", str(tmp_path / "died"))

    assert run(ends_its_worker_once) == [1]
    assert "ends_its_worker_once begins again, since its worker has died" in caplog.text
