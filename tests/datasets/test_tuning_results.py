"""The newest result of each lane on each set of images."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io.core import Version

from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.figure import FigureDataset
from denoising_autoencoder.datasets.tuning_results import TuningResultsDataset
from denoising_autoencoder.figures import psnr_histogram

ONE, TWO, THREE, FOUR = (f"2026-01-0{day}T00.00.00.000Z" for day in range(1, 5))


def save(folder: Path, name: str, version: str, content: Any, **made_from: str) -> None:
    kind: Any = FigureDataset if name.endswith(".png") else "json.JSONDataset"
    dataset = AtomicDataset(
        filepath=(folder / name).as_posix(),
        dataset={"type": kind},
        version=Version(None, version),
    )
    dataset.made_by = Lineage(dataset=name, node="made", inputs=made_from)
    dataset.save(content)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two tunings of dae and one of ae on the same images, and one of dae on others."""
    for version, lane, images in (
        (ONE, "dae", "a"), (TWO, "dae", "a"), (THREE, "ae", "a"), (FOUR, "dae", "b"),
    ):  # fmt: skip
        made = {"lane": lane, "version": version}
        made_from = {"train_images": images, "tuning_trials": version}
        save(tmp_path, "report.json", version, made, **made_from)
    figure = psnr_histogram({"DAE": np.array([20.0, 30.0])}, "title")
    save(tmp_path, "slices.png", TWO, figure, tuning_trials=TWO)
    save(tmp_path, "slices.png", THREE, figure, tuning_trials="another")
    return tmp_path


def test_the_newest_result_of_each_set_of_images_is_read_with_its_figures(folder):
    results = TuningResultsDataset(filepath=str(folder)).load()

    assert [(one.version, one.train_images) for one in results] == [
        (FOUR, "b"), (THREE, "a"), (TWO, "a"),
    ]  # fmt: skip
    other, _, same = results
    assert same.report == {"lane": "dae", "version": TWO}
    assert list(same.pictures) == ["slices"]
    assert same.pictures["slices"].startswith(b"\x89PNG")
    assert other.pictures == {}, "those are of another search"


def test_the_newest_result_of_each_noise_is_read(tmp_path):
    for version, noise in ((ONE, "n"), (TWO, "n"), (THREE, "m")):
        made = {"lane": "dae", "version": version}
        made_from = {"train_images": "a", "noise_spec": noise}
        save(tmp_path, "report.json", version, made, **made_from)

    results = TuningResultsDataset(filepath=str(tmp_path)).load()

    found = [(result.version, result.noise_spec) for result in results]
    assert found == [(THREE, "m"), (TWO, "n")]


def test_without_any_tuning_there_is_nothing(tmp_path):
    assert TuningResultsDataset(filepath=str(tmp_path / "none")).load() == []


def test_a_damaged_result_is_left_out_with_a_warning(folder, caplog):
    file = folder / "report.json" / TWO / "report.json"
    file.chmod(0o644)
    file.write_text("{}")

    with caplog.at_level(logging.WARNING):
        results = TuningResultsDataset(filepath=str(folder)).load()

    assert [one.version for one in results] == [FOUR, THREE, ONE]
    assert f"A tuning is not shown: {file}" in caplog.text
