"""What a recipe changes: noisy inputs, symmetries, averages, losses, precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.draw import add_noise
from denoising_autoencoder.trainer import train
from tests.trainer.trainings import (
    CLEAN,
    NOISE,
    autoencoding,
    last_mse,
    recipe,
    some_images,
    split_of,
)


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


def test_noisy_inputs_have_other_noise_than_validation_and_test_images():
    black = np.zeros((4, 8, 8, 3), dtype=np.float32)
    network = Inputs()

    train(network, autoencoding(black, NOISE), recipe(steps=16, noisy_inputs=4), "x")

    seen = [np.frombuffer(one, np.float32).reshape(3, 8, 8) for one in network.seen]
    judged = [add_noise(black, NOISE, 0, stream) for stream in (1, 2)]
    for one in np.concatenate(judged).transpose(0, 3, 1, 2):
        assert min(np.abs(one - other).max() for other in seen) > 0.1


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
