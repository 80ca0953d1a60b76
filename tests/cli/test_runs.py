"""Runs through Kedro's own command line, as README.md gives them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from tests.cli.artifacts import counts, newest

ARTIFACTS = """
01_raw/image_info.json 01_raw/test_images.npy 01_raw/test_photographs.npy
01_raw/test_labels.npy
01_raw/train_images.npy 01_raw/train_labels.npy 01_raw/train_photographs.npy
02_intermediate/train_indices.npy 02_intermediate/validation_indices.npy
03_primary/clean_spec.json 03_primary/test_images.npy 03_primary/train_images.npy
03_primary/validation_images.npy
05_model_input/noise_spec.json 05_model_input/noisy_test_images.npy
05_model_input/noisy_validation_images.npy
06_models/ae/history.csv 06_models/ae/model.safetensors 06_models/ae/timing.csv
06_models/dae/history.csv 06_models/dae/model.safetensors 06_models/dae/timing.csv
06_models/resunet/history.csv 06_models/resunet/model.safetensors
06_models/resunet/timing.csv
07_model_output/ae/reconstructions.npy 07_model_output/ae/scores.csv
07_model_output/dae/reconstructions.npy 07_model_output/dae/scores.csv
07_model_output/noisy_input/scores.csv 07_model_output/pca/scores.csv
07_model_output/resunet/reconstructions.npy 07_model_output/resunet/scores.csv
08_reporting/ae_examples.png 08_reporting/architectures.csv
08_reporting/course_report_comparison.csv 08_reporting/dae_examples.png
08_reporting/error_maps.png 08_reporting/extremes.png 08_reporting/loss_curves.png
08_reporting/losses.csv 08_reporting/metrics.csv 08_reporting/psnr_by_sigma.png
08_reporting/psnr_histogram.png
08_reporting/report.html 08_reporting/resunet_examples.png 08_reporting/sigma_scores.csv
""".split()  # noqa: SIM905


# A run without figures, which take most of its time.
TABLES = "--to-nodes=reporting.compare_models,reporting.compare_with_course_report"


def test_denoise_leaves_one_version_of_every_artifact_and_nothing_else(first_run):
    assert first_run.code == 0, first_run.output
    assert counts(first_run.data) == dict.fromkeys(ARTIFACTS, 1)
    ids = {path.parent.name for path in first_run.data.glob("*/**/*") if path.is_file()}
    assert len(ids) == 1


def test_denoise_prints_tables_pictures_and_seconds_but_no_warning(
    first_run,
):
    output = first_run.output

    assert not re.search("warn|deprecat|traceback|━", output, re.IGNORECASE)
    assert "Test metrics · CIFAR-10 small, 24 images" in output
    for words in ("AE start: training MSE", "DAE end:   training MSE", "noisy_input"):
        assert words in output
    assert "Gaussian noise of std 0.316 (variance 0.1), clamped to [-1, 1]" in output
    assert "the report gives no figure at this noise" in output
    for name in ("report.html", "dae_examples.png", "loss_curves.png"):
        (line,) = (row for row in output.splitlines() if row.endswith(f"/{name}"))
        assert Path(line.strip()).is_file()
    assert re.search(r"^  dae: train \d+\.\d", output, re.M)
    before = re.split(r" 1/\d+ ", output)[0]
    assert "Images: CIFAR-10 small, 200 for training" in before
    before = output.split("AE start:")[0]
    assert re.search(r"Machine: \d+ cores? \(\S+\)", before)
    assert "CIFAR-10 small" in output.splitlines()[-1]


def test_metrics_agree_with_the_arrays_on_disk(first_run, small_npz):
    metrics = pd.read_csv(first_run.newest("08_reporting/metrics.csv"))
    rows = metrics.set_index("model")
    assert list(rows.index) == ["ae", "noisy_input", "dae", "resunet"]
    assert list(metrics.columns[:4]) == ["model", "images", "noise_std", "noise"]
    originals = np.load(small_npz)["test_images"]
    side = originals.shape[1]
    # The report's network: two layers, and the same backwards; 30 steps of 16 images.
    macs = 2 * (3 * 8 * 9 * (side - 2) ** 2 + 8 * 8 * 9 * (side - 4) ** 2)
    assert rows.loc["ae", "tflop"] == pytest.approx(6 * macs * 30 * 16 / 1e12)
    for model in ("ae", "dae", "resunet"):
        images = np.load(
            first_run.newest(f"07_model_output/{model}/reconstructions.npy")
        )
        pairs = list(zip(originals, images, strict=True))
        psnr = [peak_signal_noise_ratio(a, b, data_range=255) for a, b in pairs]
        ssim = [
            structural_similarity(a, b, data_range=255, channel_axis=-1)
            for a, b in pairs
        ]
        error = (originals.astype(float) - images) / 127.5
        assert rows.loc[model, "psnr"] == pytest.approx(np.mean(psnr))
        assert rows.loc[model, "ssim"] == pytest.approx(np.mean(ssim))
        assert rows.loc[model, "mse"] == pytest.approx(np.mean(error**2))
        assert rows.loc[model, "psnr_se"] == pytest.approx(
            np.std(psnr, ddof=1) / np.sqrt(24)
        )


@pytest.mark.parametrize(
    ("part", "again"),
    [
        ("--namespaces=dae", r".*/dae/"),
        *(
            pytest.param(f"--pipelines={name}", again, marks=pytest.mark.slow)
            for name, again in (
                ("data_engineering", r"0[1235]_"),
                ("training", r"06_"),
                ("reporting", r"0[78]_"),
                ("report_lanes", r"(?!.*resunet)"),
            )
        ),
    ],
)
def test_each_part_runs_alone_on_what_the_last_run_left(part, again, kedro_after_a_run):
    reads_images = part in ("--pipelines=data_engineering", "--pipelines=report_lanes")
    params = kedro_after_a_run.images() if reads_images else ""

    run = kedro_after_a_run.run(part, params=params)

    assert run.code == 0, run.output
    assert not re.search("warn|deprecat", run.output, re.IGNORECASE)
    assert counts(run.data) == {
        artifact: 2 if re.match(again, artifact) else 1 for artifact in ARTIFACTS
    }


@pytest.mark.slow
def test_one_parameter_changes_the_noise_everywhere(kedro):
    run = kedro.run(TABLES, params=f"{kedro.images()},noise.std=0.1")

    assert run.code == 0, run.output
    spec = json.loads(run.newest("05_model_input/noise_spec.json").read_text())
    assert spec == {"kind": "gaussian", "std": 0.1, "clamp": True, "seed": 0}
    metrics = pd.read_csv(run.newest("08_reporting/metrics.csv")).set_index("model")
    assert metrics["noise_std"].tolist() == [0, 0.1, 0.1, 0.1]
    # 4 / 0.1^2 is 26.02 dB; what clamping takes away adds a little.
    assert 26.02 < metrics.loc["noisy_input", "psnr"] < 28
    assert "Gaussian noise of std 0.1 (variance 0.01)" in run.output
    # CIFAR-10 by its name, at the noise of the course report's code.
    assert "Comparison with the course report · CIFAR-10 small" in run.output
    assert "24.48" in run.output


@pytest.mark.slow
@pytest.mark.parametrize("flags", [[], ["--runner=ThreadRunner"]])
def test_the_same_seed_gives_the_same_bits_also_if_lanes_train_in_threads(
    flags, first_run, kedro
):
    run = kedro.run("--pipelines=denoise", *flags, params=kedro.images())

    assert run.code == 0, run.output
    same = newest(run.data)  # all but what holds seconds
    assert "08_reporting/metrics.csv" in same
    for artifact in same:
        before, after = first_run.newest(artifact), run.newest(artifact)
        for file in before.parent.iterdir():  # the lineage, and a figure's PDF
            again = after.with_name(file.name)
            assert file.read_bytes() == again.read_bytes(), again


@pytest.mark.slow
def test_another_training_seed_gives_another_model_on_the_same_data(
    first_run, kedro_after_a_run
):
    run = kedro_after_a_run.run("--namespaces=dae", params="dae.seed=1")

    assert run.code == 0, run.output
    before = load_file(first_run.newest("06_models/dae/model.safetensors"))
    after = load_file(run.newest("06_models/dae/model.safetensors"))
    assert all(not np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.slow
def test_the_sample_needs_neither_network_nor_files(kedro):
    run = kedro.run(TABLES, params="images.source=sample")

    assert run.code == 0, run.output
    metrics = pd.read_csv(run.newest("08_reporting/metrics.csv"))
    assert set(metrics["images"]) == {"sample photographs"}
    assert metrics["n_images"].min() >= 100
    assert len(np.load(run.newest("03_primary/train_images.npy"))) == 4000
    assert len(np.load(run.newest("03_primary/validation_images.npy"))) >= 100
    # Too few photographs for a standard error, which the table says.
    assert metrics["psnr_se"].isna().all()
    assert metrics["standard_error"].str.contains("photographs are too few").all()
    assert "the report gives no figure for these images" in run.output


@pytest.mark.slow
def test_a_file_named_like_a_number_and_with_test_images_in_its_training(
    kedro, small_npz, tmp_path
):
    with np.load(small_npz) as small:
        train, test = small["train_images"], small["test_images"].copy()
    test[:3] = train[0]
    np.savez(tmp_path / "2024.npz", train_images=train, test_images=test)
    images = f"images.source=npz,images.path={tmp_path}/2024.npz"

    run = kedro.run(TABLES, "--pipelines=report_lanes", params=images)

    assert run.code == 0, run.output
    found = "3 of 24 test images are training images too"
    assert run.output.count(found) == 2  # as a warning, and below the metrics
    lines = run.newest("08_reporting/metrics.csv").read_text().splitlines()
    assert all(line.split(",")[1] == "2024" for line in lines[1:])
    assert "Test metrics · 2024, 24 images" in run.output

    refused = kedro.run(
        "--to-outputs=image_info", params=f"{images},images.on_leak=raise"
    )

    assert refused.code == 1, refused.output
    assert found in refused.output


@pytest.mark.slow
def test_the_course_reports_recipe_is_an_environment(kedro):
    run = kedro.run(
        "--to-nodes=dae.train",
        params=f"{kedro.images()},dae.steps=200",
        env="report",
    )

    assert run.code == 0, run.output
    history = pd.read_csv(run.newest("06_models/dae/history.csv"))
    assert history["step"].unique().tolist() == [0, 100, 200]
    assert history["images_seen"].max() == 200 * 16
    assert set(history["learning_rate"]) == {1e-4}


def test_the_registry_lists_every_pipeline(kedro):
    listed = kedro.call([*kedro.command()[:1], "registry", "list"])

    assert listed.code == 0
    assert re.findall(r"^- (\w+)$", listed.output, re.M) == [
        "__default__", "baselines", "codes", "compare", "data_engineering", "denoise",
        "inference", "photo", "photo_grey", "report_lanes", "reporting", "training",
        "tuning",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_package_runs_as_a_module(kedro):
    module = [sys.executable, "-m", "denoising_autoencoder", "run"]
    arguments = kedro.command("--to-outputs=image_info", params=kedro.images())[2:]

    run = kedro.call([*module, *arguments])

    assert run.code == 0, run.output
    assert run.newest("01_raw/image_info.json").is_file()
    mistake = kedro.call([*module, "--params=nosie.std=1"])
    assert mistake.code == 1
    assert "did you mean noise?" in mistake.output
