"""Two runs of a lane, side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.datasets.lane_run import LaneRun
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.pipelines.compare import nodes

COUNT = 12
SPEC = {"kind": "gaussian", "std": 0.1, "clamp": True, "seed": 0}


def scores(psnr: float) -> pd.DataFrame:
    values = psnr + np.arange(COUNT) / 10
    return pd.DataFrame(
        {"photograph": range(COUNT), "psnr": values, "ssim": values / 50}
    )


def history(last: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": [0, 0, 9, 9],
            "split": ["training", "validation"] * 2,
            "mse": [0.3, 0.2, last, last + 0.001],
        }
    )


def shade(level: int) -> np.ndarray:
    return np.full((COUNT, 32, 32, 3), level, np.uint8)


A = LaneRun(
    lane="dae",
    version="2026-01-01T00.00.00.000Z",
    others=("2026-01-02T00.00.00.000Z", "2026-01-01T00.00.00.000Z"),
    scores=scores(25.0),
    history=history(0.02),
    reconstructions=shade(20),
    originals=shade(10),
    originals_sha256="same",
    image_info={"name": "mine"},
    noise_spec=SPEC,
    parameters={"dae": {"steps": 30, "seed": 0}, "noise": {"std": 0.1}},
)
B = replace(
    A,
    version="2026-01-02T00.00.00.000Z",
    scores=scores(25.5).assign(ssim=0.5),
    history=history(0.01),
    reconstructions=shade(30),
    parameters={"dae": {"steps": 60, "seed": 0, "loss": "l1"}, "noise": {"std": 0.1}},
)
REPORTING = ReportingParameters(examples=2, sigmas=[0.1, 0.2], sigma_images=1)


def test_the_parameters_that_differ_are_listed_and_no_others():
    table = nodes.compare_parameters(A, B)

    assert table[["parameter", "a", "b"]].to_dict("list") == {
        "parameter": ["dae.loss", "dae.steps"],
        "a": ["-", "30"],
        "b": ['"l1"', "60"],
    }
    assert set(table["version_a"]) == {A.version}
    assert set(table["version_b"]) == {B.version}


def test_two_runs_of_the_same_parameters_differ_in_none():
    table = nodes.compare_parameters(A, replace(B, parameters=A.parameters))

    assert table.empty
    assert list(table.columns)[:3] == ["parameter", "a", "b"]


def test_scores_are_compared_image_by_image():
    rng = np.random.default_rng(0)
    better = A.scores["psnr"] + 0.5 + rng.normal(0, 0.1, COUNT)
    b = replace(B, scores=A.scores.assign(psnr=better))

    table = nodes.compare_scores(A, b).set_index("metric")

    psnr = table.loc["psnr"]
    assert psnr["a"] == pytest.approx(25.55)
    assert psnr["b"] == pytest.approx(better.mean())
    assert psnr["difference"] == pytest.approx((better - A.scores["psnr"]).mean())
    assert psnr["low"] < psnr["difference"] < psnr["high"]
    assert 0.4 < psnr["low"] < psnr["high"] < 0.6
    assert psnr["p_value"] < 0.001
    assert psnr["share_better"] == 1.0
    assert table.loc["ssim", "difference"] == 0
    assert (psnr["version_a"], psnr["version_b"]) == (A.version, B.version)
    assert set(table["n_images"]) == {COUNT}


def test_curves_lie_over_one_another():
    figure = nodes.plot_compared_curves(A, B)

    (axes,) = figure.axes
    lines = {line.get_label().rsplit(", at", 1)[0]: line for line in axes.lines}
    assert len(lines) == 4
    for name, run in ((f"a, {A.version}", A), (f"b, {B.version}", B)):
        for split in ("training", "validation"):
            expected = run.history[run.history["split"] == split]["mse"]
            drawn = lines[f"{name}, {split}"]
            np.testing.assert_array_equal(drawn.get_ydata(), expected)
    looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert len(looks) == 4


def test_the_same_images_stand_under_one_another_with_the_psnr_of_each_run():
    figure = nodes.plot_compared_images(A, B, REPORTING)

    greys = [int(np.asarray(one.get_array())[0, 0, 0]) for one in figure.images]
    assert greys == [10, 10, 20, 20, 30, 30]
    texts = [text.get_text().replace("\n", " ") for text in figure.texts]
    assert [text for text in texts if text.endswith("dB")] == [
        "25.0 dB", "25.1 dB", "25.5 dB", "25.6 dB",
    ]  # fmt: skip
    (title,) = (text for text in texts if "mine" in text)
    assert A.version in title
    assert B.version in title
    assert "test images 1 to 2 of 12" in title


def test_other_noise_stands_in_the_title():
    other = replace(B, noise_spec={**SPEC, "std": 0.2})

    figure = nodes.plot_compared_images(A, other, REPORTING)

    texts = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert "a: Gaussian noise of std 0.1 (" in texts
    assert "b: Gaussian noise of std 0.2 (" in texts


@pytest.mark.parametrize(
    "compare",
    [
        nodes.compare_parameters,
        nodes.compare_scores,
        nodes.plot_compared_curves,
        lambda a, b: nodes.plot_compared_images(a, b, REPORTING),
    ],
)
def test_what_is_no_pair_is_refused(compare):
    with pytest.raises(ProjectError, match=r"are the same version.*there are: 2026-01"):
        compare(A, A)
    with pytest.raises(ProjectError, match="other test images each"):
        compare(A, replace(B, originals_sha256="other"))
