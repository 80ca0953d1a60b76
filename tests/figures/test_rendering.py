"""Figures depend neither on Matplotlib's configuration nor on other threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from threading import Event

import pytest
from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure

from denoising_autoencoder import figures
from denoising_autoencoder.figures import as_pdf, as_png
from tests.figures.examples import examples

EXAMPLES = examples("sample photographs", "DAE")

HOSTILE = {
    "axes.facecolor": "yellow",
    "axes.formatter.use_mathtext": True,
    "axes.linewidth": 5,
    "figure.autolayout": True,
    "figure.constrained_layout.use": True,
    "figure.dpi": 50,
    "font.family": "serif",
    "font.size": 20,
    "image.interpolation": "bilinear",
    "image.origin": "lower",
    "legend.shadow": True,
    "lines.linewidth": 9,
    "path.sketch": (10, 100, 2),
    "pdf.compression": 0,
    "pdf.use14corefonts": True,
    "savefig.bbox": "tight",
    "savefig.dpi": 300,
    "savefig.facecolor": "red",
    "savefig.transparent": True,
    "text.antialiased": False,
    "text.hinting": "none",
    "text.usetex": True,
    "xtick.labelsize": 30,
    "ytick.direction": "in",
}
"""What a user's matplotlibrc or notebook may set."""


def files(figure: Figure) -> tuple[bytes, bytes]:
    return as_png(figure), as_pdf(figure)


def test_the_examples_are_all_kinds_of_figures():
    functions = {name: getattr(figures, name) for name in figures.__all__}

    assert set(EXAMPLES) == {
        name
        for name, function in functions.items()
        if signature(function).return_annotation == "Figure"
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_figure_is_the_same_under_any_configuration_which_stays_as_it_was(kind):
    expected = files(EXAMPLES[kind]())

    with rc_context(HOSTILE):
        before = dict(rcParams)
        assert files(EXAMPLES[kind]()) == expected
        assert dict(rcParams) == before


class Slow(Figure):
    """A figure that says when its saving begins, and then waits a while."""

    def __init__(self, begins: Event, waits_for: Event, seconds: float) -> None:
        super().__init__(figsize=(2, 1))
        self.text(0, 0, "text")
        self.begins, self.waits_for, self.seconds = begins, waits_for, seconds

    def savefig(self, *args, **kwargs):
        self.begins.set()
        self.waits_for.wait(self.seconds)
        super().savefig(*args, **kwargs)


def test_a_figure_that_is_saved_beside_another_threads_is_the_same_file():
    expected = as_pdf(Slow(Event(), Event(), 0))
    first_begins, second_begins, first_ends = Event(), Event(), Event()

    def first() -> bytes:
        pdf = as_pdf(Slow(first_begins, second_begins, 0.5))  # in vain: it is alone
        first_ends.set()
        return pdf

    def second() -> bytes:
        first_begins.wait(10)
        return as_pdf(Slow(second_begins, first_ends, 10))

    with ThreadPoolExecutor() as threads:
        pdfs = [threads.submit(save) for save in (first, second)]

    assert [pdf.result() for pdf in pdfs] == [expected, expected]


@pytest.mark.slow
def test_figures_of_many_threads_are_those_of_one():
    kinds = ["error_maps", "psnr_histogram", "speed"]
    expected = [files(EXAMPLES[kind]()) for kind in kinds]

    with rc_context(HOSTILE), ThreadPoolExecutor() as threads:
        drawn = list(threads.map(lambda kind: files(EXAMPLES[kind]()), kinds))

    assert drawn == expected
