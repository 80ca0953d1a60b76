from __future__ import annotations

import io
import logging
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rich
import rich.console
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError, TrainingDivergedError
from denoising_autoencoder.images import normalize
from denoising_autoencoder.networks import build_network
from denoising_autoencoder.noise import NoiseSpec, add_noise
from denoising_autoencoder.parameters import TrainingParameters
from denoising_autoencoder.trainer import TrainingData, loop, train
from denoising_autoencoder.trainer.loop import count_steps

CLEAN = NoiseSpec.clean()
NOISE = NoiseSpec(kind="gaussian", std=0.31623, clamp=True, seed=0)
LEARNT = 0.05
"""MSE that 100 right steps on 16 crops go below (0.03), and no broken loop does."""


def recipe(**changes: Any) -> TrainingParameters:
    defaults: dict[str, Any] = {
        "steps": 100,
        "batch_size": 16,
        "optimizer": "adam",
        "learning_rate": 0.01,
        "schedule": "one_cycle",
        "weight_decay": 0.0,
        "momentum": 0.9,
        "validation_interval": 100,
        "checkpoint_seconds": 30.0,
        "seed": 0,
        "device": "cpu",
        "threads": 1,
    }
    return TrainingParameters(**{**defaults, **changes})


def some_images(count: int, seed: int = 0) -> np.ndarray:
    """Images of unlike contrast, so that batches have unlike losses."""
    generator = np.random.default_rng(seed)
    contrast = np.linspace(0.05, 1, count).reshape(-1, 1, 1, 1)
    images = contrast * generator.uniform(-1, 1, (count, 8, 8, 3))
    return images.astype(np.float32)


def autoencoding(images: np.ndarray, noise: NoiseSpec = CLEAN) -> TrainingData:
    return TrainingData(images, images, images, noise)


@pytest.fixture
def crops(photograph: np.ndarray) -> np.ndarray:
    """256 crops of a photograph in a drawn order: float16, (256, 32, 32, 3)."""
    tiles = photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    return normalize(tiles[np.random.default_rng(0).permutation(256)])


def split_of(history: pd.DataFrame, split: str) -> pd.DataFrame:
    return history[history["split"] == split].reset_index(drop=True)


def last_mse(history: pd.DataFrame) -> float:
    return float(split_of(history, "validation")["mse"].iloc[-1])


class Scale(nn.Module):
    """Multiplies by one weight."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return batch * self.weight


class Recorder(Scale):
    """Keeps what it is given, and whether it was in training mode."""

    def __init__(self, weight: float = 0.5) -> None:
        super().__init__(weight)
        self.calls: list[tuple[bool, torch.Tensor]] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.calls.append((self.training, batch.detach().clone()))
        return super().forward(batch)

    def batches(self) -> list[torch.Tensor]:
        return [batch for training, batch in self.calls if training]


# Steps


@pytest.mark.parametrize(
    ("changes", "images", "steps"),
    [
        ({"epochs": 3, "batch_size": 16}, 45_000, 8437),
        ({"epochs": 3, "batch_size": 16, "steps": 7}, 45_000, 8437),
        ({"epochs": None, "steps": 7}, 45_000, 7),
        ({"epochs": 1, "batch_size": 32}, 40_000, 1250),
        ({"epochs": 0.001, "batch_size": 16}, 10, 1),
    ],
)
def test_steps_are_those_of_the_recipe_or_fit_into_its_epochs(changes, images, steps):
    assert count_steps(recipe(**changes), images) == steps


def test_a_training_takes_as_many_steps_as_were_counted():
    network = Recorder()

    history = train(
        network, autoencoding(some_images(10)), recipe(epochs=2, batch_size=4), "x"
    )

    assert len(network.batches()) == 5
    assert history["step"].iloc[-1] == 5


# Learning


def learn(crops: np.ndarray) -> float:
    network = build_network("report", seed=0)
    return last_mse(train(network, autoencoding(crops[:16]), recipe(), "AE"))


def test_a_few_photographs_are_learnt(crops):
    assert learn(crops) < LEARNT


def without_step(build: Callable[..., Any]) -> Callable[..., Any]:
    def broken(*arguments: Any) -> torch.optim.Optimizer:
        optimizer = build(*arguments)
        optimizer.step = lambda: None
        return optimizer

    return broken


def without_zero_grad(build: Callable[..., Any]) -> Callable[..., Any]:
    def broken(*arguments: Any) -> torch.optim.Optimizer:
        optimizer = build(*arguments)
        optimizer.zero_grad = lambda: None
        return optimizer

    return broken


@pytest.mark.parametrize("breaking", [without_step, without_zero_grad])
def test_a_loop_with_a_broken_optimizer_does_not_learn(crops, monkeypatch, breaking):
    monkeypatch.setattr(loop, "build_optimizer", breaking(loop.build_optimizer))

    assert learn(crops) > LEARNT


@pytest.mark.parametrize(
    "spoil",
    [
        torch.randn_like,
        lambda target: target.roll(1, dims=0),
        lambda target: target.transpose(2, 3),
    ],
    ids=["noise", "other images", "transposed images"],
)
def test_a_loop_with_wrong_targets_does_not_learn(crops, monkeypatch, spoil):
    torch.manual_seed(0)
    right = nn.functional.mse_loss
    monkeypatch.setattr(
        nn.functional, "mse_loss", lambda output, target: right(output, spoil(target))
    )

    assert learn(crops) > LEARNT


def test_a_denoiser_is_much_nearer_to_the_images_than_its_noisy_inputs(crops):
    images, validation = crops[:192], crops[192:]
    inputs = add_noise(validation, NOISE, stream=1)
    data = TrainingData(images, inputs, validation, NOISE)
    network = build_network("report", seed=0)

    history = train(network, data, recipe(steps=200), "DAE")

    noisy = np.mean((inputs.astype(np.float64) - validation.astype(np.float64)) ** 2)
    assert last_mse(history) < 0.5 * noisy


def test_training_is_the_loop_written_out(crops):
    """Whole epochs of clean images: neither order nor noise matter."""
    images = crops[:8]
    batch = torch.from_numpy(images.astype(np.float32)).permute(0, 3, 1, 2)
    expected = build_network("report", seed=0)
    optimizer = torch.optim.Adam(expected.parameters(), lr=0.005, weight_decay=0.01)
    losses = []
    for _ in range(8):
        loss = ((expected(batch) - batch) ** 2).mean()
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    network = build_network("report", seed=0)
    history = train(
        network,
        autoencoding(images),
        recipe(
            steps=8,
            batch_size=8,
            learning_rate=0.005,
            schedule="constant",
            weight_decay=0.01,
            validation_interval=1,
        ),
        "AE",
    )

    training = split_of(history, "training")["mse"]
    # The record at step 0 is the first batch's loss; that at step n is of batch n.
    assert training.tolist() == pytest.approx([losses[0], *losses], rel=1e-4)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(
            value, expected.state_dict()[name], rtol=1e-3, atol=1e-5
        )


# Noise


def test_training_inputs_carry_fresh_noise_in_every_epoch():
    image = some_images(1)
    network = Recorder()

    train(
        network,
        autoencoding(image, NoiseSpec("gaussian", std=0.2, clamp=False, seed=0)),
        recipe(steps=50, batch_size=1),
        "DAE",
    )

    clean = torch.from_numpy(image).permute(0, 3, 1, 2)
    noise = torch.stack([batch - clean for batch in network.batches()]).double()
    assert len(noise.unique(dim=0)) == 50
    # 9,600 values: deviations of 0.2 / 98 of their mean and 0.2 / 138 of their std.
    assert abs(noise.mean()) < 4 * 0.2 / math.sqrt(noise.numel())
    assert abs(noise.std() - 0.2) < 4 * 0.2 / math.sqrt(2 * noise.numel())


def test_the_target_is_the_clean_image():
    images = some_images(4)
    data = autoencoding(images, NoiseSpec("gaussian", std=1.0, clamp=False, seed=0))

    # A network that always gives black: its loss is the target's power, exactly.
    history = train(Scale(0.0), data, recipe(steps=1, batch_size=4), "DAE")

    power = np.mean(images.astype(np.float64) ** 2)
    assert split_of(history, "training")["mse"][0] == pytest.approx(power, rel=1e-5)


def test_training_noise_is_clamped_if_the_noise_is():
    network = Recorder()

    train(network, autoencoding(some_images(4), NOISE), recipe(steps=5), "DAE")

    values = torch.stack(network.batches())
    assert values.min() == -1
    assert values.max() == 1


def order_of_batches(noise: NoiseSpec, **changes: Any) -> list[int]:
    """Which image comes when; the images are told apart by their level."""
    images = np.linspace(-0.9, 0.9, 20, dtype=np.float32).reshape(-1, 1, 1, 1)
    images = images * np.ones((20, 16, 16, 3), np.float32)
    network = Recorder()
    train(network, autoencoding(images, noise), recipe(steps=9, **changes), "x")
    levels = torch.cat(network.batches()).mean(dim=(1, 2, 3)).numpy()
    return np.rint((levels + 0.9) / 1.8 * 19).astype(int).tolist()


def test_noise_and_its_seed_leave_the_order_of_the_batches_alone():
    without = order_of_batches(CLEAN)

    assert sorted(without[:20]) == list(range(20))
    for seed in (0, 1):
        noise = NoiseSpec("gaussian", std=0.1, clamp=False, seed=seed)
        assert order_of_batches(noise) == without
    assert order_of_batches(CLEAN, seed=1) != without


# Determinism


def trained(
    images: np.ndarray, **changes: Any
) -> tuple[dict[str, torch.Tensor], list[float]]:
    network = build_network("report", seed=0)
    history = train(
        network,
        autoencoding(images, NOISE),
        recipe(steps=15, validation_interval=5, **changes),
        "DAE",
    )
    return network.state_dict(), history["mse"].tolist()


def test_equal_seeds_give_equal_weights_and_losses_bit_by_bit(crops):
    first, first_losses = trained(crops[:40])
    torch.manual_seed(77)
    second, second_losses = trained(crops[:40])

    assert first_losses == second_losses
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_another_seed_gives_other_weights_and_losses(crops):
    first, first_losses = trained(crops[:40], seed=0)
    second, second_losses = trained(crops[:40], seed=1)

    assert first_losses[-1] != second_losses[-1]
    assert not any(torch.equal(value, second[name]) for name, value in first.items())


def test_another_seed_gives_other_noise_also_where_the_order_is_the_same():
    def first_batch(seed: int) -> torch.Tensor:
        network = Recorder()
        train(
            network,
            autoencoding(some_images(1), NOISE),
            recipe(steps=1, batch_size=1, seed=seed),
            "DAE",
        )
        return network.batches()[0]

    assert torch.equal(first_batch(0), first_batch(0))
    assert not torch.equal(first_batch(0), first_batch(1))


# History


def test_records_stand_at_the_start_at_each_interval_and_at_the_end():
    history = train(
        Scale(0.5),
        autoencoding(some_images(10)),
        recipe(steps=25, batch_size=4, validation_interval=10),
        "x",
    )

    assert history["step"].tolist() == [0, 0, 10, 10, 20, 20, 25, 25]
    assert history["split"].tolist() == ["training", "validation"] * 4
    assert history["images_seen"].tolist() == [0, 0, 40, 40, 80, 80, 100, 100]
    assert history["epoch"].tolist() == pytest.approx([0, 0, 4, 4, 8, 8, 10, 10])
    assert history.columns.tolist() == [
        "step",
        "epoch",
        "images_seen",
        "split",
        "mse",
        "learning_rate",
        "seconds",
    ]


def test_the_last_step_is_recorded_once():
    history = train(
        Scale(0.5), autoencoding(some_images(4)), recipe(steps=20, batch_size=4), "x"
    )
    at_interval = train(
        Scale(0.5),
        autoencoding(some_images(4)),
        recipe(steps=20, batch_size=4, validation_interval=10),
        "x",
    )

    assert history["step"].tolist() == [0, 0, 20, 20]
    assert at_interval["step"].tolist() == [0, 0, 10, 10, 20, 20]


def test_time_and_learning_rate_are_those_of_the_last_update():
    history = train(
        Scale(0.5),
        autoencoding(some_images(4)),
        recipe(steps=4, schedule="cosine", learning_rate=0.1, validation_interval=1),
        "x",
    )

    training = split_of(history, "training")
    cosine = [(1 + math.cos(math.pi * step / 4)) / 2 for step in range(4)]
    expected = [0.1 * factor for factor in [cosine[0], *cosine]]
    assert training["learning_rate"].tolist() == pytest.approx(expected)
    assert training["seconds"].is_monotonic_increasing
    assert training["seconds"].iloc[0] >= 0


def test_the_training_loss_is_the_mean_of_the_interval():
    # At this learning rate the weight stays as it is, to the last bit.
    images = some_images(24)
    history = train(
        Scale(0.5),
        autoencoding(images),
        recipe(
            steps=12,
            batch_size=4,
            optimizer="sgd",
            momentum=0.0,
            learning_rate=1e-30,
            validation_interval=3,
        ),
        "x",
    )

    mse = split_of(history, "training")["mse"]
    whole = np.mean((0.5 * images.astype(np.float64)) ** 2)
    # Two intervals are an epoch, so that their mean is the mean over all images ...
    assert mse[1:3].mean() == pytest.approx(whole, rel=1e-5)
    assert mse[3:5].mean() == pytest.approx(whole, rel=1e-5)
    # ... while none of them is, since images differ.
    assert (mse[1:] / whole - 1).abs().min() > 0.01


def test_validation_losses_are_those_of_the_network_as_it_is_at_that_step():
    images, targets = some_images(8), some_images(5, seed=1)
    inputs = add_noise(targets, NOISE, stream=1)
    network = Scale(0.25)

    history = train(
        network,
        TrainingData(images, inputs, targets, NOISE),
        recipe(steps=10, batch_size=4),
        "x",
    )

    def mse(weight: float) -> float:
        return float(np.mean((inputs.astype(np.float64) * weight - targets) ** 2))

    weight = float(network.weight.detach())
    assert abs(weight - 0.25) > 0.01
    validation = split_of(history, "validation")["mse"]
    assert validation.tolist() == pytest.approx([mse(0.25), mse(weight)], rel=1e-5)


def test_the_network_is_in_training_mode_for_batches_alone():
    network = Recorder()
    images, validation = some_images(8), some_images(3, seed=1)

    train(
        network,
        TrainingData(images, validation, validation, CLEAN),
        recipe(steps=4, batch_size=2, validation_interval=2),
        "x",
    )

    shapes = [(training, len(batch)) for training, batch in network.calls]
    step, validate = (True, 2), (False, 3)
    assert shapes == [step, validate, step, validate, step, step, validate]
    assert not network.training


def test_training_leaves_a_read_only_file_of_images_as_it_is(tmp_path, crops):
    np.save(tmp_path / "images.npy", crops[:6])
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    network = build_network("report", seed=0)

    history = train(
        network, autoencoding(images, NOISE), recipe(steps=2, batch_size=4), "x"
    )

    assert len(history) == 4
    np.testing.assert_array_equal(images, crops[:6])


# What is said and what goes wrong


def test_the_log_names_the_training_at_its_start_and_its_end(caplog):
    with caplog.at_level(logging.INFO, logger="denoising_autoencoder"):
        history = train(
            Scale(0.5), autoencoding(some_images(4)), recipe(steps=3), "DAE"
        )

    first, last = caplog.messages
    validation = split_of(history, "validation")["mse"]
    assert first.startswith("DAE start: training MSE ")
    assert last.startswith("DAE end:   training MSE ")
    assert f"validation MSE {validation[0]:.3f}" in first
    assert f"validation MSE {validation[1]:.4f}" in last


@pytest.mark.parametrize("terminal", [True, False])
def test_the_progress_bar_shows_on_a_terminal_alone(monkeypatch, terminal):
    shown = io.StringIO()
    console = rich.console.Console(file=shown, force_terminal=terminal, width=120)
    monkeypatch.setattr(rich, "get_console", lambda: console)

    train(Scale(0.5), autoencoding(some_images(4)), recipe(steps=3), "DAE")

    if terminal:
        assert "DAE" in shown.getvalue()
        assert "3/3" in shown.getvalue()
        assert "images/s" in shown.getvalue()
    else:
        assert shown.getvalue() == ""


def exploding(**changes: Any) -> TrainingParameters:
    defaults: dict[str, Any] = {
        "optimizer": "sgd",
        "learning_rate": 9.5,
        "weight_decay": 1.0,
        "schedule": "constant",
    }
    return recipe(**{**defaults, **changes})


def test_a_learning_rate_that_explodes_is_named_with_its_training():
    data = autoencoding(some_images(16), NOISE)

    with pytest.raises(TrainingDivergedError) as caught:
        train(build_network("report", seed=0), data, exploding(), "strong DAE")

    message = str(caught.value)
    assert message.startswith("strong DAE: ")
    assert "learning rate 9.5" in message
    assert "lower its learning_rate" in message


def test_a_training_that_says_nothing_has_finite_losses_to_the_end():
    """Wherever it ends, also at the very step that makes the weights explode."""
    # The validation images are brighter, so that their loss overflows first.
    images = np.full((4, 2, 2, 3), 0.1, np.float32)
    data = TrainingData(images, 10 * images, 10 * images, CLEAN)
    outcomes = []
    for steps in range(1, 25):
        ending = exploding(steps=steps, batch_size=1, momentum=0.0)
        try:
            history = train(Scale(0.5), data, ending, "x")
        except TrainingDivergedError:
            outcomes.append("refused")
        else:
            assert np.isfinite(history["mse"]).all(), f"after {steps} steps"
            outcomes.append("finite")

    assert set(outcomes) == {"finite", "refused"}


class Breaking(Scale):
    """Gives NaN from some step on."""

    def __init__(self, breaks_at: int) -> None:
        super().__init__(0.5)
        self.breaks_at = breaks_at
        self.steps = 0

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        outputs = super().forward(batch)
        if not self.training:
            return outputs
        self.steps += 1
        return outputs * (math.nan if self.steps > self.breaks_at else 1)


@pytest.mark.parametrize("breaks_at", [0, 1, 30])
def test_a_loss_that_is_not_finite_is_noticed_within_twenty_steps(breaks_at):
    network = Breaking(breaks_at)

    with pytest.raises(TrainingDivergedError, match="the loss became nan"):
        train(
            network,
            autoencoding(some_images(4)),
            recipe(steps=1000, batch_size=4, validation_interval=1000),
            "x",
        )

    assert breaks_at < network.steps <= breaks_at + 20


@pytest.mark.parametrize("breaks_at", [2, 100])
def test_a_training_computes_with_its_own_number_of_threads(monkeypatch, breaks_at):
    """And gives the number before back, whether it ends well or not."""
    before = torch.get_num_threads()
    calls = []
    monkeypatch.setattr(torch, "set_num_threads", calls.append)
    network = Breaking(breaks_at)
    network.register_forward_hook(lambda *_: calls.append("batch"))
    ends_badly = breaks_at < 3

    try:
        train(
            network,
            autoencoding(some_images(4)),
            recipe(steps=3, threads=before + 1),
            "x",
        )
    except TrainingDivergedError:
        assert ends_badly
    else:
        assert not ends_badly

    assert calls[0] == before + 1
    assert calls[-1] == before
    assert set(calls[1:-1]) == {"batch"}


def test_cuda_is_refused_where_there_is_none_before_any_step(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    network = Recorder()

    with pytest.raises(ProjectError, match="no CUDA device"):
        train(network, autoencoding(some_images(4)), recipe(device="cuda"), "x")

    assert network.calls == []


# What the course report proposes, and more


class Inputs(nn.Module):
    """Learns nothing worth, and keeps what it is shown in training."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 1)
        self.seen: list[np.ndarray] = []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.seen += [image.numpy().tobytes() for image in batch]
        return self.layer(batch)


@pytest.mark.parametrize(("noisy_inputs", "different"), [(1, 6), (3, 18), (None, 60)])
def test_an_image_has_as_many_noisy_inputs_as_the_recipe_says(noisy_inputs, different):
    data = autoencoding(some_images(6), NOISE)
    network = Inputs()

    # Ten epochs of six images.
    how = recipe(steps=15, batch_size=4, noisy_inputs=noisy_inputs)
    train(network, data, how, "x")

    assert len(network.seen) == 60
    assert len(set(network.seen)) == different


def test_flips_and_transposes_go_over_image_and_target_alike():
    # To give the input back is only learned if the two are turned in the same way.
    data = autoencoding(some_images(16), CLEAN)
    network = nn.Conv2d(3, 3, 1)

    history = train(
        network, data, recipe(augmentation="dihedral", learning_rate=0.1), "x"
    )

    assert last_mse(history) < 1e-4


def test_the_average_of_the_weights_is_what_is_validated_and_given():
    data = autoencoding(some_images(16), NOISE)
    plain, averaged = (build_network("report", seed=0) for _ in range(2))

    train(plain, data, recipe(schedule="constant"), "x")
    history = train(averaged, data, recipe(schedule="constant", ema_half_life=0.2), "x")

    assert not torch.equal(averaged[0].weight, plain[0].weight)
    with torch.inference_mode():
        outputs = averaged(torch.from_numpy(data.images).permute(0, 3, 1, 2))
    mse = (outputs.permute(0, 2, 3, 1).numpy() - data.images).__pow__(2).mean()
    assert last_mse(history) == pytest.approx(mse, rel=1e-4)


def test_the_loss_history_is_in_mse_whatever_is_minimized():
    data = autoencoding(some_images(16), NOISE)
    firsts = [
        split_of(
            train(build_network("report", 0), data, recipe(steps=1, loss=loss), "x"),
            "training",
        )["mse"][0]
        for loss in ("mse", "l1", "psnr")
    ]

    assert firsts[0] == firsts[1] == firsts[2] > 0


def test_a_penalty_on_the_weights_makes_them_smaller():
    data = autoencoding(some_images(16), NOISE)
    sizes = []
    for penalty in (0.0, 0.01):
        network = build_network("report", seed=0)
        train(network, data, recipe(l1_penalty=penalty), "x")
        sizes.append(float(network[2].weight.detach().abs().sum()))

    assert sizes[1] < sizes[0] / 2


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_bfloat16_learns_as_float32_does_and_keeps_its_weights(crops, optimizer):
    ends = []
    for precision in ("float32", "bfloat16"):
        network = build_network("resunet", seed=0, widths=[8], blocks=[1])
        how = recipe(
            steps=60, optimizer=optimizer, precision=precision, learning_rate=0.004
        )
        ends.append(last_mse(train(network, autoencoding(crops[:32], NOISE), how, "x")))
        assert {p.dtype for p in network.parameters()} == {torch.float32}

    assert ends[0] != ends[1]
    assert ends[1] == pytest.approx(ends[0], rel=0.1)
    assert max(ends) < 0.05
