"""PSNR against the size of the code."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from denoising_autoencoder.figures import psnr_by_code_size
from tests.figures.screens import render


def draw(**changes: list[float]):
    sizes = pd.DataFrame({"code_size": [256, 64, 128], "psnr": [27.0, 22.0, 24.0]})
    columns = {"difference": [0.5, 1.0, 0.8], "low": [0.4, 0.7, 0.7]}
    differences = sizes.assign(**{**columns, "high": [0.6, 1.3, 0.9], **changes})
    curves = {"net": sizes, "PCA": sizes.assign(psnr=sizes["psnr"] - 1)}
    return psnr_by_code_size(curves, differences, "net minus PCA", "some images")


def test_each_method_has_a_curve_by_rising_size():
    left, _ = draw().axes

    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert names == ["net", "PCA"]
    for line, psnr in zip(left.lines, ([22, 24, 27], [21, 23, 26]), strict=True):
        assert line.get_xdata().tolist() == [64, 128, 256]
        assert line.get_ydata().tolist() == psnr
    assert left.get_ylabel() == "mean PSNR, dB"


def test_each_difference_has_its_interval():
    _, right = draw().axes

    (errorbar,) = right.containers
    middle, _, (bars,) = errorbar.lines
    assert middle.get_ydata().tolist() == [1.0, 0.8, 0.5]
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[0.7, 1.3], [0.7, 0.9], [0.4, 0.6]])
    assert right.get_ylabel() == "net minus PCA, dB"


def test_the_sizes_that_there_are_stand_on_the_axes():
    figure = draw()
    render(figure)

    for axes in figure.axes:
        assert axes.get_xlabel() == "numbers in a code"
        labels = [text.get_text() for text in axes.get_xticklabels()]
        assert labels == ["64", "128", "256"]


def test_a_difference_without_an_interval_is_a_point():
    nothing = [math.nan] * 3
    _, right = draw(low=nothing, high=nothing).axes

    render(right.figure)
    assert right.containers[0].lines[0].get_ydata().tolist() == [1.0, 0.8, 0.5]
