"""`kedro run --pipelines=baselines`, after a run of denoise."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file
from skimage.metrics import peak_signal_noise_ratio

from denoising_autoencoder.lanes import lanes_of
from tests.cli.artifacts import check_that_all_is_whole, manifest

FILTERS = ["gaussian", "median", "bilateral", "nlm", "tv", "wavelet"]


@pytest.mark.slow
def test_baselines_judge_filters_and_networks_on_what_the_last_run_left(
    kedro_after_a_run, small_npz
):
    before = manifest(kedro_after_a_run.data)

    run = kedro_after_a_run.run("--pipelines=baselines")

    assert run.code == 0, run.output
    assert not re.search("warn|deprecat|traceback", run.output, re.IGNORECASE)
    check_that_all_is_whole(run.data, before)
    table = pd.read_csv(run.newest("08_reporting/baselines.csv"))
    noisy_lanes = [lane.name for lane in lanes_of("denoise") if lane.noisy]
    networks = [name for lane in noisy_lanes for name in (lane, f"{lane}_x8")]
    assert table["method"].tolist() == [
        "noisy_input", *FILTERS, "wiener", *networks,
    ]  # fmt: skip
    assert table["images"].unique().tolist() == ["CIFAR-10 small"]
    assert table["noise"].str.contains("variance 0.1").all()
    assert table["n_images"].unique().tolist() == [3]
    assert "Baselines · CIFAR-10 small, 3 test images" in run.output

    images = load_file(run.newest("07_model_output/baselines/images.safetensors"))
    scores = pd.read_csv(run.newest("07_model_output/baselines/scores.csv"))
    originals = np.load(small_npz)["test_images"][:3]
    for method, row in table.set_index("method").iterrows():
        pairs = zip(originals, images[method], strict=True)
        psnr = [peak_signal_noise_ratio(a, b, data_range=255) for a, b in pairs]
        assert row["psnr"] == pytest.approx(np.mean(psnr))
        each = scores[scores["method"] == method].sort_values("image")
        assert each["psnr"].tolist() == pytest.approx(psnr)
    dae = np.load(run.newest("07_model_output/dae/reconstructions.npy"))
    np.testing.assert_array_equal(images["dae"], dae[:3])

    pairs = pd.read_csv(run.newest("08_reporting/baselines_pairs.csv"))
    chosen = pairs[(pairs["network"] == "dae") & (pairs["method"] == "tv")].iloc[0]
    psnr = table.set_index("method")["psnr"]
    assert chosen["difference"] == pytest.approx(psnr["dae"] - psnr["tv"])
    assert chosen["low"] < chosen["difference"] < chosen["high"]
    assert "minus each method, image by image" in run.output

    # The pictures, and what they are made from.
    for name in ("example", "best", "speed"):
        path = run.newest(f"08_reporting/baselines_{name}.png")
        assert str(path) in run.output
        assert path.read_bytes().startswith(b"\x89PNG")
    lineage = run.newest("08_reporting/baselines.csv").with_name("lineage.json")
    made_from = json.loads(lineage.read_text())
    assert {"dae_model", "baseline_scores", "baseline_tuning"} <= set(
        made_from["inputs"]
    )
