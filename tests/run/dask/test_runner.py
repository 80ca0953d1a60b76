"""Arguments of the runner, as the command line gives them."""

from __future__ import annotations

import sys

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node
from kedro.runner import ThreadRunner

from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.run.dask import DaskRunner
from denoising_autoencoder.run.runners import flags_of

SCHEDULER = "tcp://10.0.0.7:8786"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"workers": 0}, "workers=0: give a number from 1 to 256"),
        ({"workers": True}, "workers=True"),
        ({"workers": "two"}, "workers=two"),
        ({"workers": 2, "address": SCHEDULER}, "give one of them"),
        ({"address": "here"}, "address=here: give the address that"),
        ({"is_async": True}, "leave out is_async"),
    ],
)
def test_invalid_arguments_are_refused(arguments, words):
    with pytest.raises(ParameterError, match=words):
        DaskRunner(**arguments)


def test_the_command_that_resumes_a_run_asks_for_the_same_runner():
    assert flags_of(DaskRunner(workers=3)) == [
        "--runner=DaskRunner",
        "--runner-params=workers=3",
    ]
    assert flags_of(DaskRunner(address=SCHEDULER)) == [
        "--runner=DaskRunner",
        f"--runner-params=address={SCHEDULER}",
    ]
    assert flags_of(ThreadRunner()) == ["--runner=ThreadRunner"]
    assert flags_of(None) == []


def test_what_is_kept_in_memory_only_is_refused():
    pipeline = Pipeline([node(lambda: 1, None, "one", name="one")])
    catalog = DataCatalog({"one": MemoryDataset()})

    with pytest.raises(ProjectError, match="one is kept in memory, which other"):
        DaskRunner().run(pipeline, catalog)


def test_an_absent_extra_is_named_before_the_first_node(catalog_of, monkeypatch):
    pipeline = Pipeline([node(lambda: 1, None, "one", name="one")])
    monkeypatch.setitem(sys.modules, "distributed", None)
    cluster = "denoising_autoencoder.run.dask.cluster"
    monkeypatch.delitem(sys.modules, cluster, raising=False)

    with pytest.raises(ProjectError, match="DaskRunner needs dask and distributed"):
        DaskRunner().run(pipeline, catalog_of("one"))
