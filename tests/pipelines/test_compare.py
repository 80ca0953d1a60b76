"""Two runs of a lane are compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.datasets.lane_run import LaneRun
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.pipelines.compare import nodes

COUNT = 12


def scores(psnr: float) -> pd.DataFrame:
    values = psnr + np.arange(COUNT) / 10
    return pd.DataFrame(
        {
            "photograph": range(COUNT),
            "noise_std": 0.1,
            "psnr": values,
            "ssim": values / 50,
        }
    )


A = LaneRun(
    lane="dae",
    version="2026-01-01T00.00.00.000Z",
    others=("2026-01-02T00.00.00.000Z", "2026-01-01T00.00.00.000Z"),
    scores=scores(25.0),
    originals_sha256="same",
    parameters={"dae": {"steps": 30, "seed": 0}, "noise": {"std": 0.1}},
)
B = replace(
    A,
    version="2026-01-02T00.00.00.000Z",
    scores=scores(25.5).assign(ssim=0.5),
    parameters={"dae": {"steps": 60, "seed": 0, "loss": "l1"}, "noise": {"std": 0.1}},
)


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
    assert set(table["noise_a"]) == set(table["noise_b"]) == {0.1}


@pytest.mark.parametrize(
    "compare",
    [
        nodes.compare_parameters,
        nodes.compare_scores,
    ],
)
def test_what_is_no_pair_is_refused(compare):
    with pytest.raises(ProjectError, match=r"are the same version.*there are: 2026-01"):
        compare(A, A)
    with pytest.raises(ProjectError, match="have different test images"):
        compare(A, replace(B, originals_sha256="other"))
