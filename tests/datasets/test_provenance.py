from __future__ import annotations

import os
import platform
from importlib.metadata import version

import kedro
import numpy as np
import pytest
from kedro.io import DatasetError

from denoising_autoencoder import __version__
from denoising_autoencoder.datasets import provenance
from denoising_autoencoder.datasets.provenance import ProvenanceDataset


def test_it_says_with_which_software_and_on_which_machine():
    told = ProvenanceDataset().load()

    software = told["software"]
    assert software["Python"] == platform.python_version()
    assert software["denoising_autoencoder"] == __version__
    assert software["kedro"] == kedro.__version__
    assert software["numpy"] == np.__version__
    assert software["torch"] == version("torch")
    assert told["hardware"]["cores"] == str(os.cpu_count())
    assert told["hardware"]["processor"]


def test_the_processor_is_named_as_the_system_names_it(tmp_path, monkeypatch):
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nmodel name\t: A: fast one\nflags\t: x\n")
    monkeypatch.setattr(provenance, "Path", lambda _: told)
    assert ProvenanceDataset().load()["hardware"]["processor"] == "A: fast one"

    told.unlink()
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert ProvenanceDataset().load()["hardware"]["processor"] == "arm64"


def test_it_exists_and_cannot_be_saved():
    dataset = ProvenanceDataset()

    assert dataset.exists()
    with pytest.raises(DatasetError, match="is read-only"):
        dataset.save({})
