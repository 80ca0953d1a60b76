"""Figures as PNG and PDF."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure
from PIL import Image

from denoising_autoencoder.datasets.figure import FigureDataset


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "figure.png"


def at(path: Path) -> FigureDataset:
    return FigureDataset(filepath=str(path))


def draw(height: float = 2.0, dpi: int = 50, level: float = 1.0) -> Figure:
    figure = Figure(figsize=(3, height), dpi=dpi)
    figure.subplots().plot([0, 1, 2], [0, level, 4])
    return figure


@pytest.mark.parametrize(("height", "dpi"), [(2.0, 50), (1.5, 120)])
def test_the_png_has_the_pixels_of_the_figure(path, height, dpi):
    at(path).save(draw(height, dpi))

    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.size == (3 * dpi, height * dpi)


def test_the_pixels_are_those_of_the_figure(path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    figure = Figure(figsize=(3, 2), dpi=50)
    figure.figimage(pixels, xo=10, yo=100 - 5 - 20, origin="upper")

    at(path).save(figure)

    with Image.open(path) as image:
        shown = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(shown[5:25, 10:40], pixels)
    assert (shown[:5] == 255).all()


def test_a_file_is_a_png_whatever_its_name_ends_with(tmp_path):
    path = tmp_path / ".0123.figure.svg"

    at(path).save(draw())

    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_figure_is_loaded_and_previewed_as_its_png(path):
    assert not at(path).exists()
    with pytest.raises(DatasetError, match=r"figure\.png"):
        at(path).load()

    at(path).save(draw())

    assert at(path).exists()
    png = path.read_bytes()
    assert at(path).load() == png
    assert base64.b64decode(at(path).preview(), validate=True) == png


def test_the_pdf_has_letters_and_neither_file_names_a_program_or_a_time(path):
    at(path).save(draw())

    with Image.open(path) as image:
        assert image.text == {}
    pdf = path.with_suffix(".pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile2" in pdf  # TrueType, embedded
    assert b"matplotlib" not in pdf.lower()
    assert b"CreationDate" not in pdf


def test_equal_figures_and_no_others_are_equal_bytes(path, tmp_path, monkeypatch):
    same, other = tmp_path / "same.png", tmp_path / "other.png"
    at(path).save(draw())
    monkeypatch.setattr(time, "time", lambda: 4e9)  # another time
    at(same).save(draw())
    at(other).save(draw(level=3.0))

    for suffix in (".png", ".pdf"):
        content = path.with_suffix(suffix).read_bytes()
        assert same.with_suffix(suffix).read_bytes() == content
        assert other.with_suffix(suffix).read_bytes() != content
