"""Two runs of a lane are compared."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from denoising_autoencoder.datasets.lane_run import LaneRun
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.pipelines.compare import nodes, summary

COUNT = 12


def scores(psnr: float) -> pd.DataFrame:
    values = psnr + np.arange(COUNT) / 10
    return pd.DataFrame(
        {
            "photograph": range(COUNT),
            "noise_std": 0.1,
            "mse": 4 * 10 ** (-values / 10),
            "psnr": values,
            "ssim": values / 50,
        }
    )


A = LaneRun(
    lane="dae",
    version="2026-01-01T00.00.00.000Z",
    others=("2026-01-02T00.00.00.000Z", "2026-01-01T00.00.00.000Z"),
    scores=scores(25.0),
    images="mine",
    originals_sha256="same",
    parameters={"dae": {"steps": 30, "seed": 0, "epochs": None}, "noise": {"std": 0.1}},
)
B = replace(
    A,
    version="2026-01-02T00.00.00.000Z",
    scores=scores(25.5).assign(ssim=0.5),
    parameters={
        "dae": {"steps": 60, "seed": 0, "epochs": 2.5, "loss": "l1"},
        "noise": {"std": 0.1, "kind": None},
    },
)


def test_the_parameters_that_differ_are_listed_and_no_others():
    table = nodes.compare_parameters(A, B)

    assert table[["parameter", "a", "b"]].to_dict("list") == {
        "parameter": ["dae.epochs", "dae.loss", "dae.steps"],
        "a": ["not set", "not set", "30"],
        "b": ["2.5", '"l1"', "60"],
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
    assert set(table["images"]) == {"mine"}
    assert set(table["n_exact_a"]) == set(table["n_exact_b"]) == {0}


def test_with_exact_images_runs_are_compared_by_the_psnr_of_the_mean_mse():
    psnr = np.where(np.arange(COUNT) < 6, 77.0, 3.0)
    mse = np.where(np.arange(COUNT) < 6, 0.0, 4 * 10**-0.3)
    collapsed = replace(B, scores=A.scores.assign(psnr=psnr, mse=mse))

    table = nodes.compare_scores(A, collapsed)

    row = table.iloc[0]
    assert table["metric"].tolist() == ["psnr_of_mean_mse", "ssim"]
    assert (row["n_exact_a"], row["n_exact_b"]) == (0, 6)
    assert row["b"] == pytest.approx(3 + 10 * np.log10(2), abs=1e-6)
    assert row["difference"] == pytest.approx(row["b"] - row["a"])
    assert row["high"] < 0
    assert row["share_better"] == 0.5


# What is printed


def printed(name: str, table: pd.DataFrame) -> str:
    """The text of a table, as it is printed after it was saved and read."""
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    console = Console(width=100)
    with console.capture() as capture:
        console.print(summary.TABLES[name](read))
    return " ".join(capture.get().split())


def test_a_parameter_that_one_run_does_not_have_is_not_set():
    text = printed("compared_parameters", nodes.compare_parameters(A, B))

    assert "dae.epochs not set 2.5" in text
    assert 'dae.loss not set "l1"' in text
    assert "nan" not in text


@pytest.mark.parametrize(
    ("std_a", "std_b", "expected"),
    [
        (0.1, 0.1, "mine, noise of std 0.1"),
        (0.1, 0.31623, "mine, noise of std 0.1 (a) and 0.3162 (b)"),
        (0.0, 0.0, "mine, clean inputs"),
    ],
)
def test_the_printed_scores_name_images_and_noise(std_a, std_b, expected):
    runs = [
        replace(run, scores=run.scores.assign(noise_std=std))
        for run, std in ((A, std_a), (B, std_b))
    ]

    text = printed("compared_scores", nodes.compare_scores(*runs))

    assert text.endswith(expected)


def test_the_printed_scores_say_how_exact_images_count():
    exact = A.scores.assign(mse=0.0, psnr=77.0)

    text = printed("compared_scores", nodes.compare_scores(A, replace(B, scores=exact)))

    assert "Exact images: 0 (a) and 12 (b)." in text
    assert "PSNR of mean MSE 25.54 77.00 +51.46" in text
    assert "as if one sample (one channel value of one pixel)" in text


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
