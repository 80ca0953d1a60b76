"""PSNR against time: every point has its label, and every kind its place."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from denoising_autoencoder.figures import Point, speed

# As measured on CIFAR-10 at variance 0.1, and crowded ones.
MEASURED = {
    "filter": [
        *(Point("gaussian", 0.1, 23.3), Point("median", 0.4, 21.8)),
        *(Point("bilateral", 2.3, 24.0), Point("non-local means", 5.6, 24.5)),
        *(Point("total variation", 1.9, 23.7), Point("wavelet", 12.5, 24.8)),
        Point("BM3D", 140.0, 25.3),
    ],
    "network": [Point("DAE", 0.06, 24.3), Point("RESUNET", 2.2, 26.4)],
}
CROWDED = {
    "filter": [Point(f"filter {n}", 1.0 + n / 100, 20 + n / 20) for n in range(5)],
    "network": [Point("DAE", 1.02, 20.1)],
}


@pytest.mark.parametrize("points", [MEASURED, CROWDED], ids=["measured", "crowded"])
def test_labels_neither_overlap_nor_leave_the_axes(points):
    figure = speed(points, floor=("noisy input", 16.6), title="title")

    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    labels = [point.label for group in points.values() for point in group]
    assert sorted(boxes) == sorted([*labels, "noisy input"])
    for box, other in itertools.combinations(boxes.values(), 2):
        assert not box.overlaps(other)
    frame = axes.get_window_extent()
    for box in boxes.values():
        assert frame.x0 <= box.x0
        assert box.x1 <= frame.x1
        assert frame.y0 <= box.y0
        assert box.y1 <= frame.y1


def test_each_label_stands_nearest_to_its_own_point():
    figure = speed(MEASURED, floor=("noisy input", 16.6), title="title")

    (axes,) = figure.axes
    points = [point for group in MEASURED.values() for point in group]
    places = axes.transData.transform([(p.milliseconds, p.psnr) for p in points])
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    for point, place in zip(points, places, strict=True):
        box = boxes[point.label]
        gap = np.maximum(
            np.maximum([box.x0, box.y0] - place, place - [box.x1, box.y1]), 0
        )
        assert np.hypot(*gap) < 70


def test_the_time_is_logarithmic_and_the_floor_a_line():
    figure = speed(MEASURED, floor=("noisy input", 16.6), title="$ two\nlines")

    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert axes.get_yscale() == "linear"
    assert axes.get_xlabel() == "ms/image, on one core of the CPU"
    assert axes.get_ylabel() == "mean PSNR, dB"
    floor = next(line for line in axes.lines if line.get_linestyle() == "--")
    assert set(floor.get_ydata()) == {16.6}
    assert axes.get_ylim()[0] < 16.6
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "filter", "network",
    ]  # fmt: skip
    assert figure.texts[0].get_text() == "$ two\nlines"


def test_any_number_of_kinds_is_drawn_and_named():
    kinds = {f"kind {n}": [Point(f"point {n}", 2.0**n, 20.0 + n)] for n in range(5)}

    figure = speed(kinds, floor=("noisy input", 16.6), title="title")

    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    drawn = [line for line in axes.lines if line.get_label() in kinds]
    assert len({(line.get_color(), line.get_marker()) for line in drawn}) == 5
    assert [t.get_text() for t in axes.get_legend().get_texts()] == list(kinds)
    assert {f"point {n}" for n in range(5)} < {t.get_text() for t in axes.texts}
    legend = axes.get_legend().get_window_extent()
    assert not legend.overlaps(figure.texts[0].get_window_extent())


def test_long_names_stay_in_the_figure_and_away_from_the_legend():
    points = {"network": [Point(f"{n} {'long ' * 60}", 10.0**n, n) for n in range(3)]}

    figure = speed(points, floor=("noisy input", -1), title="of a long name " * 40)

    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    legend, frame = axes.get_legend().get_window_extent(), axes.get_window_extent()
    (title,) = figure.texts
    box = title.get_window_extent()
    assert len(title.get_text().splitlines()) == 5
    assert not legend.overlaps(box)
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert box.y1 <= figure.bbox.y1
    for label in axes.texts:
        assert frame.x0 <= label.get_window_extent().x0
        assert label.get_window_extent().x1 <= frame.x1
