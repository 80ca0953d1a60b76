"""A training that is interrupted and resumed ends as if it had not been."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.compute import precision
from denoising_autoencoder.errors import DatasetFileError, TrainingDivergedError
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer import TrainingData, ingredients, train
from tests.trainer import trainings
from tests.trainer.trainings import CLEAN, NOISE

STEPS = 110
BROKEN_OFF = 73
"""Steps before the interrupt: the last checkpoint is of step 60."""


def recipe(**changes: Any) -> TrainingParameters:
    defaults: dict[str, Any] = {
        "steps": STEPS,
        "batch_size": 4,
        "weight_decay": 0.01,
        "validation_interval": 50,
        "checkpoint_seconds": 1e-9,  # at each look at the loss
        "seed": 3,
    }
    return trainings.recipe(**{**defaults, **changes})


def some_data(noise: Noise = NOISE, offset: float = 0.0) -> TrainingData:
    generator = np.random.default_rng(0)
    images = generator.uniform(-0.9, 0.9, (9, 8, 8, 3)).astype(np.float32) + offset
    return TrainingData(images, images, images, noise)


@pytest.fixture
def data() -> TrainingData:
    return some_data()


class WithBatchNorm(nn.Sequential):
    """Holds buffers besides parameters, one of them an integer."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        convolution = nn.Conv2d(3, 3, 3, padding=1)
        super().__init__(convolution, nn.BatchNorm2d(3))
        self.to(memory_format=torch.channels_last)


class WithUnused(nn.Sequential):
    """Has a parameter that gets no gradient, and so no moments."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        super().__init__(nn.Conv2d(3, 3, 3, padding=1))
        self.unused = nn.Parameter(torch.ones(2))


def report() -> nn.Module:
    return build_network("report", seed=3)


def break_off(network: nn.Module, after: int) -> None:
    """Interrupt a training in the middle of a step."""
    batches = 0

    def count(module: nn.Module, *_: object) -> None:
        nonlocal batches
        batches += module.training
        if batches > after:
            raise KeyboardInterrupt

    network.register_forward_hook(count)


def interrupted(
    folder: Path, data: TrainingData, how: TrainingParameters, build=report
) -> None:
    network = build()
    break_off(network, BROKEN_OFF)
    with pytest.raises(KeyboardInterrupt):
        train(network, data, how, "x", Checkpoints(folder))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


def assert_same_weights(network: nn.Module, expected: nn.Module) -> None:
    for name, value in network.state_dict().items():
        assert torch.equal(value, expected.state_dict()[name]), name


def said(caplog) -> list[str]:
    """The log lines about checkpoints."""
    return [message for message in caplog.messages if "checkpoint" in message]


@pytest.fixture(autouse=True)
def _with_log(caplog):
    caplog.set_level(logging.INFO, logger="denoising_autoencoder")


@pytest.mark.parametrize(
    ("build", "noise", "changes"),
    [
        (report, NOISE, {}),
        (WithBatchNorm, CLEAN, {"optimizer": "adamw", "schedule": "cosine"}),
        (WithBatchNorm, NOISE, {"optimizer": "sgd", "learning_rate": 0.1}),
        (report, NOISE, {"optimizer": "sgd", "momentum": 0.0, "schedule": "constant"}),
        (WithUnused, NOISE, {"optimizer": "adam"}),
        (report, NOISE, {"optimizer": "muon", "precision": "bfloat16"}),
        (report, NOISE, {"noisy_inputs": 2, "augmentation": "dihedral"}),
    ],
)
def test_a_resumed_training_ends_in_the_same_bits(tmp_path, build, noise, changes):
    data, how = some_data(noise), recipe(**changes)
    whole, resumed = build(), build()
    expected = train(whole, data, how, "x")
    interrupted(tmp_path, data, how, build)

    history = train(resumed, data, how, "x", Checkpoints(tmp_path))

    assert_same_weights(resumed, whole)
    pd.testing.assert_frame_equal(
        history.drop(columns="seconds"),
        expected.drop(columns="seconds"),
        check_exact=True,
    )
    assert history["seconds"].is_monotonic_increasing


def test_a_resumed_training_does_not_repeat_what_is_done(tmp_path, data, caplog):
    interrupted(tmp_path, data, recipe())
    network, batches = report(), []
    network.register_forward_hook(lambda module, *_: batches.append(module.training))

    # Neither the label nor the interval changes a bit.
    how = recipe(checkpoint_seconds=60.0)
    train(network, data, how, "DAE", Checkpoints(tmp_path))

    assert sum(batches) == STEPS - 60
    assert said(caplog) == ["DAE resumes from its checkpoint of step 60"]


def test_a_training_that_ended_is_not_lost_before_its_model_is_saved(tmp_path, data):
    first, again = report(), report()
    train(first, data, recipe(), "x", Checkpoints(tmp_path))
    break_off(again, 0)

    train(again, data, recipe(), "x", Checkpoints(tmp_path))

    assert_same_weights(again, first)


# Checkpoints that are passed over


@pytest.mark.parametrize(
    ("changes", "noise", "offset", "seed", "reason"),
    [
        ({"learning_rate": 0.02}, NOISE, 0, 3, "the recipe changed: learning_rate"),
        ({"steps": STEPS + 1}, NOISE, 0, 3, "the recipe changed: steps"),
        ({"seed": 4}, NOISE, 0, 4, "the recipe changed: seed"),
        ({}, CLEAN, 0, 3, "the data changed"),
        ({}, NOISE, 1e-6, 3, "the data changed"),
        ({}, NOISE, 0, 5, "the initial weights changed"),
    ],
)
def test_another_training_starts_anew_and_says_why(
    tmp_path, data, caplog, changes, noise, offset, seed, reason
):
    interrupted(tmp_path, data, recipe())
    other, how = some_data(noise, offset), recipe(**changes)
    expected, network = (build_network("report", seed=seed) for _ in range(2))
    train(expected, other, how, "x")

    train(network, other, how, "x", Checkpoints(tmp_path))

    assert_same_weights(network, expected)
    assert said(caplog) == [f"x: the checkpoint of step 60 is passed over: {reason}"]
    assert len(files(tmp_path)) == 2


def test_a_checkpoint_of_auto_is_not_resumed_in_another_precision(
    tmp_path, data, caplog, monkeypatch
):
    how = recipe(precision="auto")
    monkeypatch.setattr(precision, "_has_bfloat16", lambda _: True)
    interrupted(tmp_path, data, how)
    monkeypatch.setattr(precision, "_has_bfloat16", lambda _: False)

    train(report(), data, how, "x", Checkpoints(tmp_path))

    reason = "the recipe changed: precision"
    assert said(caplog) == [f"x: the checkpoint of step 60 is passed over: {reason}"]


def test_a_change_of_the_page_keeps_a_checkpoint_and_one_of_the_trainer_does_not(
    tmp_path, data, monkeypatch, caplog
):
    package = shutil.copytree(ingredients.PACKAGE, tmp_path / "package")
    monkeypatch.setattr(ingredients, "PACKAGE", package)
    folder = tmp_path / "checkpoints"
    interrupted(folder, data, recipe())

    for changed in ("page/render.py", "trainer/loop.py"):
        with (package / changed).open("a") as source:
            source.write("# A comment.\n")
        network = report()
        break_off(network, 0)
        with pytest.raises(KeyboardInterrupt):
            train(network, data, recipe(), "x", Checkpoints(folder))

    assert said(caplog) == [
        "x resumes from its checkpoint of step 60",
        "x: the checkpoint of step 60 is passed over: the code of trainer changed",
    ]


def test_a_checkpoint_of_an_earlier_release_is_passed_over(tmp_path, data, caplog):
    Checkpoints(tmp_path).save("old", {}, {"step": 40, "monitor": {}})
    Checkpoints(tmp_path).save("a model, say", {}, {"network": "report"})

    train(report(), data, recipe(), "x", Checkpoints(tmp_path))

    (message,) = said(caplog)
    assert message == (
        "x: the checkpoint of step 40 is passed over: it was saved by an earlier "
        "release"
    )


def test_the_checkpoint_of_another_label_is_not_mentioned(tmp_path, data, caplog):
    interrupted(tmp_path, data, recipe())

    train(report(), data, recipe(seed=4), "y", Checkpoints(tmp_path))

    assert said(caplog) == []


# Checkpoints that are not what they should be


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """The checkpoint of `data` and `recipe()`."""
    folder = tmp_path_factory.mktemp("saved")
    interrupted(folder, some_data(), recipe())
    (file,) = files(folder)
    return file


@pytest.fixture
def checkpoint(saved, tmp_path) -> Path:
    """A copy of it to be spoilt."""
    return Path(shutil.copy(saved, tmp_path))


Arrays = dict[str, np.ndarray]
WEIGHT, MOMENT = "network.0.weight", "optimizer.0.mean"


def state_with(**changes: Any) -> Callable[[Arrays, dict[str, Any]], None]:
    return lambda _, state: state.update(changes)


def history_with(**changes: Any) -> Callable[[Arrays, dict[str, Any]], None]:
    return lambda _, state: state["history"].update(changes)


def row_with(**changes: Any) -> Callable[[Arrays, dict[str, Any]], None]:
    return lambda _, state: state["history"]["rows"][-1].update(changes)


def without(name: str) -> Callable[[Arrays, dict[str, Any]], None]:
    return lambda arrays, state: (arrays if name in arrays else state).pop(name)


def array_with(name: str, change: Any) -> Callable[[Arrays, dict[str, Any]], None]:
    def alter(arrays: Arrays, state: dict[str, Any]) -> None:
        arrays[name] = change(arrays.get(name, np.zeros(3, np.float32)))

    return alter


def first_value(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def alter(array: np.ndarray) -> np.ndarray:
        altered = array.copy()
        altered.flat[0] = value
        return altered

    return alter


@pytest.mark.parametrize(
    "alter",
    [
        *(state_with(step=step) for step in (10**9, STEPS, 80, 0, -20, 60.5, "60")),
        *(state_with(**{name: None}) for name in ("step", "label", "history")),
        *(without(name) for name in (WEIGHT, MOMENT, "losses", "generator", "history")),
        *(array_with(name, np.copy) for name in ("x", "network", "optimizer.99.mean")),
        *(
            array_with(name, change)
            for name in (WEIGHT, MOMENT, "losses")
            for change in (np.float64, np.ravel, first_value(np.nan), lambda a: a[1:])
            if (name, change) != ("losses", np.ravel)
        ),
        array_with(MOMENT, first_value(np.inf)),
        array_with("generator", np.zeros_like),
        array_with("generator", lambda state: state[:-1]),
        *(history_with(rows=rows) for rows in ([], [[]], {}, "rows", None)),
        *(history_with(seconds=seconds) for seconds in (float("nan"), -1.0, "1")),
        *(row_with(**{name: "x"}) for name in ("step", "split", "mse", "seconds")),
        row_with(mse=float("inf")),
        row_with(another=1),
    ],
)
def test_what_no_training_saves_is_damaged_although_its_checksum_is_right(
    tmp_path, data, checkpoint, alter
):
    store = Checkpoints(tmp_path)
    arrays, state = store.load(checkpoint.stem, 10**6)
    alter(arrays, state)
    store.save(checkpoint.stem, arrays, state)

    with pytest.raises(DatasetFileError) as caught:
        train(report(), data, recipe(), "x", Checkpoints(tmp_path))

    assert str(caught.value) == (
        f"The checkpoint {checkpoint} is damaged: delete it, and the training starts "
        "anew."
    )


def test_after_a_damaged_checkpoint_is_deleted_the_training_starts_anew(
    tmp_path, data, checkpoint
):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    whole, anew = report(), report()
    with pytest.raises(DatasetFileError, match="is damaged"):
        train(anew, data, recipe(), "x", Checkpoints(tmp_path))

    checkpoint.unlink()
    train(anew, data, recipe(), "x", Checkpoints(tmp_path))

    train(whole, data, recipe(), "x")
    assert_same_weights(anew, whole)


def test_a_file_that_is_larger_than_any_state_of_the_training_is_not_read(
    tmp_path, data, checkpoint
):
    with checkpoint.open("r+b") as content:
        content.truncate(2**40)

    with pytest.raises(DatasetFileError, match="is damaged"):
        train(report(), data, recipe(), "x", Checkpoints(tmp_path))


@pytest.mark.parametrize(
    ("ingredients", "reason"),
    [
        ([1], "it was saved by an earlier release"),
        ({"code": ["x"], "recipe": 3}, "the code of trainer"),
        ({"recipe": {"[/]": 1, "a\nb": 2, "ema_half_life": 3}}, "ema_half_life; the"),
    ],
)
def test_the_words_of_a_hostile_checkpoint_are_not_repeated(
    tmp_path, data, caplog, ingredients, reason
):
    Checkpoints(tmp_path).save("k", {}, {"step": 40, "ingredients": ingredients})

    train(report(), data, recipe(), "x", Checkpoints(tmp_path))

    (message,) = said(caplog)
    assert reason in message
    assert message.isprintable()
    assert "[/]" not in message


# When they are saved


def test_a_short_training_writes_nothing_and_hashes_nothing(
    tmp_path, data, monkeypatch
):
    monkeypatch.setattr(TrainingData, "sha256", None)

    how = recipe(checkpoint_seconds=60.0)
    train(report(), data, how, "x", Checkpoints(tmp_path / "checkpoints"))

    assert list(tmp_path.iterdir()) == []


def test_a_short_training_leaves_the_checkpoint_of_another_alone(tmp_path, data):
    interrupted(tmp_path, data, recipe())
    (file,) = files(tmp_path)
    before = file.read_bytes()

    how = recipe(checkpoint_seconds=60.0, seed=9)
    train(report(), data, how, "x", Checkpoints(tmp_path))

    assert files(tmp_path) == [file]
    assert file.read_bytes() == before


def test_the_interval_is_kept(tmp_path, data, monkeypatch):
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    saved = []

    class Store(Checkpoints):
        def save(self, key: str, arrays: Any, state: dict[str, Any]) -> str:
            saved.append(state["step"])
            return super().save(key, arrays, state)

    network = report()

    def a_second(module: nn.Module, *_: object) -> None:
        nonlocal now
        now += module.training

    network.register_forward_hook(a_second)

    train(network, data, recipe(checkpoint_seconds=30.0), "x", Store(tmp_path))

    # Every 20 steps, each of a second, is a look at the clock; the end is never lost.
    assert saved == [40, 80, STEPS]


def test_a_training_that_is_asked_to_stop_saves_and_ends(tmp_path, data):
    store, network, batches = Checkpoints(tmp_path), report(), 0

    def ask(module: nn.Module, *_: object) -> None:
        nonlocal batches
        batches += module.training
        if batches == 25:
            store.stop()

    network.register_forward_hook(ask)
    with pytest.raises(KeyboardInterrupt):
        train(network, data, recipe(checkpoint_seconds=60.0), "x", store)
    resumed, whole = report(), report()

    train(resumed, data, recipe(), "x", Checkpoints(tmp_path))

    assert batches == 25
    train(whole, data, recipe(), "x")
    assert_same_weights(resumed, whole)


# Trainings that diverge


class Exploding(trainings.Scale):
    """Multiplies its outputs by a factor from some step on."""

    def __init__(self, at: int, factor: float) -> None:
        super().__init__(0.5)
        self.at, self.factor, self.batches = at, factor, 0

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.batches += self.training
        bad = self.training and self.batches > self.at
        return super().forward(batch) * (self.factor if bad else 1)


@pytest.mark.parametrize(
    ("factor", "words"), [(float("nan"), "the loss became nan"), (100.0, "the loss be")]
)
def test_a_training_that_diverges_names_step_rate_and_the_last_good_checkpoint(
    tmp_path, data, factor, words
):
    how = recipe(schedule="cosine", learning_rate=0.01, validation_interval=1000)

    with pytest.raises(TrainingDivergedError) as caught:
        train(Exploding(45, factor), data, how, "DAE", Checkpoints(tmp_path))

    message = str(caught.value)
    rate = 0.01 * (1 + np.cos(np.pi * 45 / STEPS)) / 2
    (checkpoint,) = files(tmp_path)
    assert f"DAE: {words}" in message
    assert f"at step 45 of {STEPS}, at learning rate {rate:.3g}" in message
    assert "lower its learning_rate" in message
    assert f"the last good checkpoint is of step 40, {checkpoint}" in message
    assert message.endswith(").")


def test_a_training_that_diverges_without_a_checkpoint_says_so(data):
    with pytest.raises(TrainingDivergedError, match=r"\(there is no checkpoint yet\)"):
        train(Exploding(5, float("nan")), data, recipe(), "x")


def test_weights_that_are_not_finite_are_not_saved(tmp_path, data):
    """The update of step 40 breaks them; the losses up to it are fine."""
    network = Exploding(1000, 1.0)
    network.weight.register_hook(
        lambda gradient: gradient * (float("nan") if network.batches == 40 else 1)
    )

    with pytest.raises(TrainingDivergedError, match="checkpoint is of step 20"):
        train(network, data, recipe(), "x", Checkpoints(tmp_path))
