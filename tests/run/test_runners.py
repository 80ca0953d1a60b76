"""Runners that do not go with what else a run is told."""

from __future__ import annotations

import pytest
from kedro.runner import SequentialRunner, ThreadRunner

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.run.dask import DaskRunner
from denoising_autoencoder.run.runners import refuse_a_store, refuse_any_runner


def test_torchrun_takes_no_runner_that_runs_several_nodes():
    for runner in (None, SequentialRunner()):
        refuse_any_runner(runner)
    for runner in (ThreadRunner(), DaskRunner()):
        with pytest.raises(ProjectError, match=f"{type(runner).__name__} runs several"):
            refuse_any_runner(runner)


def test_dask_needs_a_folder():
    refuse_a_store(DaskRunner(), "/mnt/shared")
    refuse_a_store(ThreadRunner(), "s3://bucket/x")
    with pytest.raises(ProjectError, match="needs a folder that all workers share"):
        refuse_a_store(DaskRunner(), "s3://bucket/x")
