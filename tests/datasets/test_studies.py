from __future__ import annotations

from pathlib import Path

import pytest
from kedro.io import DataCatalog, DatasetError
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.datasets.studies import StudiesDataset
from denoising_autoencoder.hooks.resume import ResumeHooks
from tests.hooks.test_resume import NOTHING


def test_the_catalog_gives_one_and_the_same_place(tmp_path: Path):
    entry = StudiesDataset(filepath=str(tmp_path / "studies"))
    assert entry.load().names() == []
    path = entry.load().path("dae-0123")
    path.parent.mkdir()
    path.touch()

    assert entry.load() is entry.load()
    assert entry.load().names() == ["dae-0123"]
    assert "dae-0123" in str(entry.preview())
    with pytest.raises(DatasetError, match="is read-only"):
        entry.save("anything")


def test_a_search_in_another_thread_is_asked_to_stop(tmp_path: Path):
    catalog = DataCatalog({"studies": StudiesDataset(filepath=str(tmp_path))})
    pipeline = Pipeline([node(lambda studies: studies, "studies", "x", name="search")])
    resume = ResumeHooks()
    resume.before_pipeline_run(NOTHING, pipeline, catalog)

    resume.stop_trainings()

    assert catalog.load("studies").is_stopping()
