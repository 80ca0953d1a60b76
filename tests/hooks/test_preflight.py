"""Checks before a run's first node."""

from __future__ import annotations

import os
import sys
from multiprocessing import current_process

import pytest
import torch
from kedro.io import DataCatalog, MemoryDataset
from kedro.io.core import Version
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.hooks import preflight
from denoising_autoencoder.hooks.preflight import (
    PreflightHooks,
    ignore_invalid_environment,
    refuse_missing_device,
    refuse_missing_inputs,
    refuse_unguarded_script,
)
from tests import processes
from tests.tuning.recipes import tuning


def read(values: object, block: object) -> object:
    return values


PIPELINE = Pipeline([node(read, ["values", "params:noise"], "result", name="read")])


def test_a_missing_input_is_named_with_the_command_that_makes_it(tmp_path):
    values = AtomicDataset(
        filepath=str(tmp_path / "values.json"),
        dataset={"type": "json.JSONDataset"},
        version=Version(None, "2026-01-01T00.00.00.000Z"),
    )
    catalog = DataCatalog({"values": values, "params:noise": MemoryDataset(1)})

    with pytest.raises(ProjectError, match="by a run with --to-outputs=values first"):
        refuse_missing_inputs(PIPELINE, catalog, {})
    values.save({})
    refuse_missing_inputs(PIPELINE, catalog, {})


def test_a_missing_version_is_named_with_those_that_exist(tmp_path):
    def dataset(load: str | None, save: str) -> AtomicDataset:
        return AtomicDataset(
            filepath=str(tmp_path / "values.json"),
            dataset={"type": "json.JSONDataset"},
            version=Version(load, save),
        )

    dataset(None, "2026-01-01T00.00.00.000Z").save({})
    asked = dataset("2025-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z")
    catalog = DataCatalog({"values": asked})

    with pytest.raises(ProjectError) as caught:
        refuse_missing_inputs(PIPELINE, catalog, {"values": "2025-01-01T00.00.00.000Z"})

    assert str(caught.value) == (
        "There is no version 2025-01-01T00.00.00.000Z of values; "
        "there are: 2026-01-01T00.00.00.000Z."
    )


@pytest.mark.parametrize(("workers", "asks"), [(1, 0), (2, 1)])
def test_a_script_has_a_guard_if_trials_run_in_several_processes(
    workers, asks, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        preflight, "refuse_a_script_without_guard", lambda: asked.append(1)
    )
    pipeline = Pipeline([node(read, ["values", "params:tuning"], "r", name="read")])
    parameters = MemoryDataset(tuning(workers=workers))

    refuse_unguarded_script(pipeline, DataCatalog({"params:tuning": parameters}))

    assert len(asked) == asks


@pytest.mark.parametrize("value", ["cuda", {"device": "cuda", "steps": 3}])
def test_a_missing_device_is_refused(value, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    asked = DataCatalog({"params:noise": MemoryDataset(value)})
    other = DataCatalog({"params:noise": MemoryDataset({"device": "auto"})})

    refuse_missing_device(PIPELINE, other)
    with pytest.raises(ProjectError, match="finds no CUDA device"):
        refuse_missing_device(PIPELINE, asked)


@pytest.mark.parametrize("value", ["yesterday", "", "9" * 20])
def test_an_invalid_time_of_the_environment_is_ignored(value, monkeypatch, caplog):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)

    ignore_invalid_environment()

    assert "SOURCE_DATE_EPOCH" not in os.environ
    assert f"SOURCE_DATE_EPOCH={value} is not a time" in caplog.text


BACKEND = """
import os, sys
os.environ["MPLBACKEND"] = sys.argv[1]
from denoising_autoencoder.hooks.preflight import ignore_invalid_environment
ignore_invalid_environment()
from matplotlib import rcParams
from matplotlib.figure import Figure
Figure().savefig(os.devnull, format="png")
print(rcParams._get("backend") == sys.argv[1], os.environ["MPLBACKEND"])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "kept"), [("module://ipympl.backend_nbagg", False), ("svg", True)]
)
def test_a_backend_that_is_not_installed_is_ignored(backend, kept):
    """Matplotlib is imported once in a process, so each case has its own."""
    done = processes.run([sys.executable, "-c", BACKEND, backend])

    assert done.stdout == f"{kept} {backend}\n"


MATPLOTLIBRC = """
import os, sys
os.environ["MATPLOTLIBRC"] = sys.argv[1]
from denoising_autoencoder.hooks.preflight import refuse_unreadable_matplotlibrc
try:
    refuse_unreadable_matplotlibrc()
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
def test_a_matplotlibrc_that_is_not_utf_8_is_refused_before_any_work(tmp_path):
    (tmp_path / "matplotlibrc").write_bytes(b"# K\xf6ln\n")

    done = processes.run([sys.executable, "-c", MATPLOTLIBRC, str(tmp_path)])

    assert "ProjectError The matplotlibrc of this user or folder cannot" in done.stdout


def test_a_process_that_only_reads_the_script_runs_nothing(monkeypatch):
    monkeypatch.setattr(current_process(), "_inheriting", True, raising=False)

    with pytest.raises(SystemExit):
        PreflightHooks().before_pipeline_run({}, PIPELINE, DataCatalog({}))


def test_a_damaged_input_is_refused_before_the_first_node(small, days, pipeline):
    small.run(small.catalog(days[0]))
    history = small.folder / "history.json" / days[0] / "history.json"
    history.chmod(0o644)
    history.write_bytes(bytes(history.stat().st_size))
    run_params = dict.fromkeys(
        ("load_versions", "runtime_params", "only_missing_outputs")
    )

    with pytest.raises(ProjectError, match=f"{history} is damaged"):
        PreflightHooks().before_pipeline_run(
            run_params, pipeline.only_nodes("score", "report"), small.catalog(days[1])
        )
