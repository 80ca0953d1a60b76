from __future__ import annotations

import base64
import io
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


def test_equal_figures_are_equal_bytes(path, tmp_path, monkeypatch):
    at(path).save(draw())
    monkeypatch.setattr(time, "time", lambda: 4e9)  # another time
    at(tmp_path / "same").save(draw())
    at(tmp_path / "other").save(draw(level=3.0))

    assert path.read_bytes() == (tmp_path / "same").read_bytes()
    assert path.read_bytes() != (tmp_path / "other").read_bytes()


def test_the_png_tells_nothing_of_the_program_that_wrote_it(path):
    at(path).save(draw())

    with Image.open(path) as image:
        assert image.text == {}


def test_a_file_is_a_png_whatever_its_name_ends_with(tmp_path):
    path = tmp_path / ".0123.figure.svg"

    at(path).save(draw())

    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_loading_gives_the_bytes_of_the_file(path):
    at(path).save(draw())

    assert at(path).load() == path.read_bytes()


def test_the_preview_is_the_png_in_base64(path):
    at(path).save(draw())

    png = base64.b64decode(at(path).preview(), validate=True)

    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (150, 100)
    assert png == path.read_bytes()


def test_a_figure_exists_once_it_is_saved(path):
    assert not at(path).exists()
    with pytest.raises(DatasetError, match=r"figure\.png"):
        at(path).load()

    at(path).save(draw())

    assert at(path).exists()


def test_a_pdf_stands_beside_the_png_with_letters_as_letters(path):
    at(path).save(draw())

    pdf = path.with_suffix(".pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile2" in pdf  # TrueType, embedded
    assert b"matplotlib" not in pdf.lower()
    assert b"CreationDate" not in pdf


def test_equal_figures_are_equal_pdfs(path, tmp_path, monkeypatch):
    at(path).save(draw())
    monkeypatch.setattr(time, "time", lambda: 4e9)
    at(tmp_path / "same.png").save(draw())

    pdf = path.with_suffix(".pdf").read_bytes()
    assert (tmp_path / "same.pdf").read_bytes() == pdf
