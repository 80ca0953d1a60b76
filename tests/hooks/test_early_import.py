"""The import of PyTorch in a thread."""

import threading

import pytest

from denoising_autoencoder.hooks import early_import
from denoising_autoencoder.hooks.early_import import EarlyImportHooks
from denoising_autoencoder.pipeline_registry import register_pipelines


@pytest.fixture
def imported(monkeypatch):
    """Name and thread of each import."""
    imports = []

    def import_module(name):
        imports.append((name, threading.current_thread().name))
        raise OSError("a library is missing")  # which is the training's to report

    monkeypatch.setattr(early_import, "import_module", import_module)
    return imports


@pytest.mark.parametrize(
    ("pipeline", "imports"),
    [
        ("denoise", [("torch", "import_torch")]),
        ("report_lanes", [("torch", "import_torch")]),
        ("training", []),  # PyTorch is the first thing that it needs
        ("data_engineering", []),
        ("baselines", []),
    ],
)
def test_pytorch_is_imported_early_if_other_nodes_come_before_a_training(
    pipeline, imports, imported
):
    EarlyImportHooks().before_pipeline_run(register_pipelines()[pipeline])
    for thread in threading.enumerate():
        if thread.name == "import_torch":
            thread.join()

    assert imported == imports
