"""What the process of a run does about its workers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.run.dask import tasks
from denoising_autoencoder.run.dask.tasks import Tasks
from tests.run.dask.conftest import VERSION

PIPELINE = Pipeline([node(lambda: 1, None, "one", name="one")])


def test_a_cluster_whose_workers_do_not_come_back_is_given_up(
    catalog_of, monkeypatch, caplog
):
    monkeypatch.setattr(tasks, "_LOOK", 0.01)
    future = SimpleNamespace(add_done_callback=lambda _: None)
    client = SimpleNamespace(
        cluster="one of its own",
        status="closed",
        scheduler_info=lambda **_: {"workers": {}},
        submit=lambda *_, **__: future,
        subscribe_topic=lambda *_: None,
    )
    hooks = _create_hook_manager()

    with pytest.raises(ProjectError, match="All workers have died, and none could"):
        Tasks(client, PIPELINE, catalog_of("one"), hooks, VERSION).run()

    assert caplog.text.count("No worker is left") == 1
