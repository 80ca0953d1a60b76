"""The studies train for real, and a recipe survives its own ablation."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from PIL import Image

from benchmarks.studies import (
    ablation,
    data_or_work,
    estimate_sigma,
    large_pictures,
    many_images,
    other_noise,
    photographs,
    rates,
    trials,
    under_load,
)
from benchmarks.studies.trials import Trial

PROJECT = Path(__file__).parents[1]
COLUMN = "difference, 95 %"


@pytest.fixture
def npz(tmp_path, photograph) -> Path:
    """100 training and 10 test crops of 12x12 pixels."""
    crops = photograph[:504, :504].reshape(42, 12, 42, 12, 3).swapaxes(1, 2)
    crops = crops.reshape(-1, 12, 12, 3)
    path = tmp_path / "tiny.npz"
    np.savez(path, train_images=crops[:100], test_images=crops[100:110])
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def call(monkeypatch, study, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["x.py", *map(str, arguments)])
    study.main()


def test_a_trial_trains_and_scores(npz):
    trial = Trial(npz, "resunet", "test", {"steps": 3}, split="test", records=3)

    outcome = trials.run(trial)

    assert outcome.steps == 3
    assert list(outcome.curve["step"].unique()) == [0, 1, 2, 3]
    assert len(outcome.scores) == len(outcome.ensemble) == 10
    assert np.isfinite(outcome.scores.to_numpy()).all()
    np.testing.assert_array_equal(outcome.scores["psnr"], trials.psnr_of_images(trial))


def test_a_trial_in_seconds_is_given_steps(npz, monkeypatch):
    monkeypatch.setattr(trials, "_TIMED", 0.01)

    outcome = trials.run(Trial(npz, "dae", "test", seconds=0.01))

    assert outcome.steps == outcome.curve["step"].max()


def test_a_training_that_diverges_has_no_psnr(npz):
    changes = {"optimizer": "sgd", "learning_rate": 10, "schedule": "constant"}

    psnr = trials.psnr_of_images(Trial(npz, "resunet", "test", changes))

    assert len(psnr) == 10
    assert np.isnan(psnr).all()


def test_a_training_that_is_kept_is_not_repeated(npz, tmp_path, monkeypatch):
    trial = Trial(npz, "dae", "test", {"steps": 2})
    first = trials.psnr_of_images(trial, tmp_path / "kept")
    monkeypatch.delattr(trials, "_train")

    again = trials.psnr_of_images(trial, tmp_path / "kept")

    np.testing.assert_array_equal(again, first)
    for other in (replace(trial, seed=1), replace(trial, every=2)):
        with pytest.raises(NameError, match="_train"):
            trials.psnr_of_images(other, tmp_path / "kept")


@pytest.mark.parametrize("environment", ["base", "best", "long", "quick", "report"])
def test_an_environment_is_merged_as_in_a_run(npz, environment):
    loader = OmegaConfigLoader(
        str(PROJECT / "conf"),
        env=environment,
        base_env="base",
        merge_strategy={"parameters": "soft"},
    )

    recipe = Trial(npz, "resunet", environment).recipe()

    block = loader["parameters"]["resunet"]
    assert recipe == type(recipe)(**block)


def test_tflop_are_six_times_the_macs_for_each_image_seen(npz):
    # Without blocks there are two convolutions of 3x3: 3 to 2 channels, and 2 to 3.
    small = {"widths": [2], "blocks": [0]}
    trial = Trial(npz, "resunet", "test", {"options": small, "steps": 5})

    macs = 12 * 12 * 9 * (3 * 2 + 2 * 3)
    assert trials.tflop_of(trial) == pytest.approx(6e-12 * macs * 16 * 5)


def test_equal_tflop_are_fewer_steps_of_more_work(npz):
    trial = Trial(npz, "resunet", "test")
    tflop = trials.tflop_of(trial)

    def steps(share: float = 1.0, **changes: object) -> int:
        given = trials.with_tflop(replace(trial, changes=changes), share * tflop)
        return given.recipe().steps

    assert steps() == 30  # as in conf/test: rounding costs no step
    assert steps(batch_size=8) == 60
    assert steps(batch_size=32) == 15
    assert steps(share=0.5, epochs=3.0) == 15
    assert steps(batch_size=64) == 7
    assert steps(options={"widths": [4, 16], "blocks": [1, 1]}) < 20
    assert steps(precision="bfloat16", loss="mse") == 30


@pytest.mark.parametrize("budget", ablation.BUDGETS)
def test_every_row_changes_the_shipped_recipe(budget, npz):
    rows = {row.change: row.trial for row in ablation.rows_of(budget, npz, None, "")}

    lane, environment = ablation.BUDGETS[budget]
    shipped = Trial(npz, lane, environment).recipe()
    assert rows[ablation.UNCHANGED].recipe() == shipped
    recipes = [trial.recipe().model_dump_json() for trial in rows.values()]
    assert len(set(recipes)) == len(rows) >= 14
    tflop = {name: trials.tflop_of(trial) for name, trial in rows.items()}
    half = tflop.pop("half the epochs")
    assert half == pytest.approx(tflop["unchanged"] / 2, rel=0.01)
    assert min(tflop.values()) > 0.99 * tflop["unchanged"]
    assert max(tflop.values()) <= 1.000001 * tflop["unchanged"]


@pytest.mark.slow
def test_the_ablation_pairs_changes_by_image_and_seed(npz, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "BUDGETS", {"default": ("resunet", "test")})
    flags = ("--budgets=default", "--processes=1", "--seeds=2", "--only=epochs")

    call(monkeypatch, ablation, npz, *flags, "--csv", tmp_path / "ablation.csv")

    unchanged, half = read(tmp_path / "ablation.csv")
    assert list(unchanged)[: len(ablation.COLUMNS)] == list(ablation.COLUMNS)
    assert (unchanged["change"], half["change"]) == ("unchanged", "half the epochs")
    assert (unchanged["steps"], half["steps"]) == ("30", "15")
    trial = Trial(npz, "resunet", "test", {"threads": 1, "micro_batch": None})
    psnr = [trials.psnr_of_images(replace(trial, seed=seed)) for seed in (0, 1)]
    assert unchanged["PSNR dB"] == f"{np.mean(psnr):.2f}"
    assert half[COLUMN].startswith("-")


def test_the_interval_is_students_t_over_the_seeds():
    base = np.array([[20.0, 30.0], [21.0, 31.0], [22.0, 32.0]])
    changed = base + np.array([[0.0, 0.2], [0.1, 0.3], [0.2, 0.4]])

    # Means 0.1, 0.2, 0.3; their standard error is 0.1 / 3**0.5, and t is 4.303.
    assert ablation.write_difference(changed, base) == "+0.200 ± 0.248"


def row(difference: str, change: str = "loss l1") -> dict[str, str]:
    return {"budget": "long", "change": change, COLUMN: difference}


@pytest.mark.parametrize(
    ("difference", "breaks"),
    [
        ("+0.038 ± 0.013", True),
        ("+0.021 ± 0.020", True),
        ("+0.021 ± 0.021", False),
        ("+0.020 ± 0.005", False),
        ("+0.100 ± 0.150", False),
        ("-0.100 ± 0.010", False),
        ("+nan ± nan", False),
    ],
)
def test_a_change_that_is_certainly_better_breaks_the_rule(difference, breaks):
    table = [row("", "unchanged"), row("+0.001 ± 0.009"), row(difference)]

    found = ablation.better_than_shipped(table)

    assert found == ([f"long, loss l1: {difference}"] if breaks else [])


def test_a_change_without_an_interval_is_no_evidence():
    with pytest.raises(ValueError, match="unpack"):
        ablation.better_than_shipped([row("+0.038")])


def test_no_single_change_is_better_than_the_shipped_recipe(npz):
    recorded = read(PROJECT / "docs/results/ablation.csv")

    assert ablation.better_than_shipped(recorded) == []
    budgets = {row["budget"] for row in recorded}
    assert "default" in budgets
    for budget in budgets:
        rows = {row["change"]: row for row in recorded if row["budget"] == budget}
        lane, environment = ablation.BUDGETS[budget]
        shipped = Trial(npz, lane, environment)
        assert set(ablation.changes_of(shipped)) - set(rows) <= lost_clearly()
        assert rows["unchanged"]["steps"] == f"{shipped.recipe().steps:,}"


def lost_clearly() -> set[str]:
    """Changes to the recipe before that are not worth measuring again."""
    earlier = read(PROJECT / "docs/results/ablation_resunet.csv")
    found = {row["change"]: row[COLUMN].partition(" ")[0] for row in earlier}
    return {change for change, gain in found.items() if gain and float(gain) < -0.05}


@pytest.mark.slow
def test_data_or_work_trains_with_parts_of_the_images(npz, tmp_path, monkeypatch):
    monkeypatch.setitem(data_or_work.BUDGETS, "default", ("resunet", "test"))
    flags = ("--budgets=default", "--processes=1", "--seeds=2", "--parts=1,4")
    files = ("--csv", tmp_path / "x.csv", "--figure", tmp_path / "x.png")

    call(monkeypatch, data_or_work, npz, *flags, *files)

    everything, quarter = read(tmp_path / "x.csv")
    assert list(everything)[: len(data_or_work.COLUMNS)] == list(data_or_work.COLUMNS)
    assert (everything["training images"], quarter["training images"]) == ("90", "23")
    assert (everything["epochs"], quarter["epochs"]) == ("5.33", "20.9")
    assert everything["TFLOP"] == quarter["TFLOP"]
    with Image.open(tmp_path / "x.png") as figure:
        assert figure.width == 1533


def test_a_training_beside_others_is_timed(monkeypatch):
    monkeypatch.setattr(under_load, "IMAGES", 16)
    small = {"options": {"widths": [2], "blocks": [0]}, "batch_size": 4, "threads": 1}

    with under_load.beside(1):
        rate = under_load.train_for(3, **small)

    assert rate.wall > 0
    assert rate.cpu > 0


def test_shares_are_those_of_the_same_round():
    idle = [under_load.Rate(100, 50), under_load.Rate(10, 5), under_load.Rate(80, 40)]
    loaded = [under_load.Rate(50, 45), under_load.Rate(9, 1), under_load.Rate(20, 32)]

    assert under_load.shares(loaded, idle) == (0.5, 0.8)


def test_rates_times_a_training():
    small = {"options": {"widths": [2], "blocks": [0]}, "batch_size": 4, "threads": 1}

    assert rates.step_seconds(rates.recipe_of("resunet", **small), 16, 0.01) > 0


def test_our_estimate_of_the_noise_is_the_nearest(tmp_path, photograph, monkeypatch):
    Image.fromarray(photograph).save(tmp_path / "photograph.png")

    call(
        monkeypatch,
        estimate_sigma,
        *(tmp_path, "--crops", 1, "--sigmas", 50, "--csv", tmp_path / "table.csv"),
    )

    rows = read(tmp_path / "table.csv")
    errors = {row["method"]: float(row["sigma 50"].split(" / ")[0]) for row in rows}
    assert min(errors, key=errors.get) == "ours"
    assert errors["ours"] < 2


def test_kept_scores_are_named_by_all_that_makes_them(monkeypatch):
    crops = np.full((2, 4, 8, 8, 3), 90, np.uint8)
    name = photographs.kept_name("wavelet", 25, crops)
    assert name.startswith("wavelet_25_colour_")
    assert photographs.kept_name("wavelet", 25, crops.copy()) == name

    others = [
        photographs.kept_name("nlm", 25, crops),
        photographs.kept_name("wavelet", 15, crops),
        photographs.kept_name("wavelet", 25, crops[..., :1]),
        photographs.kept_name("wavelet", 25, crops + np.uint8(1)),
    ]
    monkeypatch.setattr(photographs, "add_file_noise", lambda crops, *_: crops)
    others.append(photographs.kept_name("wavelet", 25, crops))
    monkeypatch.setitem(photographs.FILTERS, "wavelet", ("scikit-image", {"levels": 3}))
    others.append(photographs.kept_name("wavelet", 25, crops))
    monkeypatch.setattr(photographs, "version", lambda _: "0.1")
    others.append(photographs.kept_name("wavelet", 25, crops))
    assert len({name, *others}) == 8


def test_the_gain_of_each_picture_is_that_of_its_crops(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.png").touch()
    pictures = [0, 0, 1, 1]
    scores = {
        "noisy": pd.DataFrame({"psnr": [20.0, 20, 20, 20], "photograph": pictures}),
        "model": pd.DataFrame({"psnr": [21.0, 23, 19.5, 22], "photograph": pictures}),
    }

    photographs.gains_of(tmp_path, {5.0: scores}).save(tmp_path / "x.csv")

    cells = [(row["picture"], row["sigma 5, dB"]) for row in read(tmp_path / "x.csv")]
    assert cells == [
        ("a", "+2.0"),
        ("b", "+0.8"),
        ("the crop that gains least", "-0.5"),
    ]


def test_other_noise_is_as_strong_and_not_independent():
    grey = np.full((2, 64, 64, 3), 127, np.uint8)

    def noise(kind: str) -> np.ndarray:
        noisy = other_noise.KINDS[kind](grey, 10, np.random.default_rng(0))
        return noisy.astype(float) - grey

    spreads = {kind: noise(kind).std() for kind in other_noise.KINDS}
    for kind in ("independent", "blurred by 1 pixel", "stronger where it is bright"):
        assert spreads[kind] == pytest.approx(10, rel=0.05)
    assert spreads["independent, then JPEG of quality 80"] < 8
    neighbours = {
        kind: (noise(kind)[:, 1:] * noise(kind)[:, :-1]).mean() / spreads[kind] ** 2
        for kind in ("independent", "blurred by 0.5 pixels", "blurred by 1 pixel")
    }
    # A Gaussian of spread s correlates neighbours by exp(-1 / 4 s^2).
    assert neighbours["independent"] == pytest.approx(0, abs=0.03)
    assert neighbours["blurred by 1 pixel"] == pytest.approx(np.exp(-0.25), abs=0.03)
    bright = other_noise.uneven(grey + np.uint8(60), 10, np.random.default_rng(0))
    assert bright.astype(float).std() == pytest.approx(
        10 * (187 / 127.5) ** 0.5, rel=0.05
    )


def test_large_pictures_have_the_wanted_size():
    crop = np.zeros((10, 12, 3), np.uint8)

    assert large_pictures.repeated(crop, 0.0096).shape == (100, 96, 3)


def test_crops_of_many_images_are_mirrored_and_darkened_parts_of_a_photograph():
    ramp = np.tile(np.arange(0, 240, 4, dtype=np.uint8), (40, 1))
    view = np.stack([ramp, ramp // 2, ramp // 4], axis=2)

    made = many_images.crops(view, 200, np.random.default_rng(0)).astype(int)

    assert made.shape == (200, 32, 32, 3)
    steps = made[:, 0, -1, 0] - made[:, 0, 0, 0]  # 31 * 4 where it is not darkened
    assert (np.abs(steps) >= 61).all()
    assert (np.abs(steps) <= 124).all()
    assert 70 < (steps < 0).sum() < 130
    assert (np.diff(made, axis=1) == 0).all()
    assert (made[..., 0] >= made[..., 1]).all()
