from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.objective import objective


def recipe(**changes) -> TrainingParameters:
    values = {
        "steps": 1,
        "batch_size": 2,
        "optimizer": "adam",
        "learning_rate": 0.1,
        "schedule": "constant",
        "weight_decay": 0.0,
        "momentum": 0.0,
        "validation_interval": 1,
        "checkpoint_seconds": 30.0,
        "seed": 0,
        "device": "cpu",
        "threads": 1,
    }
    return TrainingParameters(**(values | changes))


OUTPUTS = torch.zeros(2, 3, 4, 4)
TARGETS = torch.zeros(2, 3, 4, 4)
TARGETS[0], TARGETS[1] = 0.1, -0.2
NETWORK = nn.Conv2d(3, 3, 1)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("mse", (0.01 + 0.04) / 2),
        ("l1", (0.1 + 0.2) / 2),
        ("psnr", (10 * math.log10(0.01 + 1e-6) + 10 * math.log10(0.04 + 1e-6)) / 2),
    ],
)
def test_the_loss_is_the_one_that_the_recipe_names(loss, expected):
    value = objective(OUTPUTS, TARGETS, NETWORK, recipe(loss=loss)).loss

    assert value.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", ["mse", "l1", "psnr"])
def test_the_mean_squared_error_is_given_beside_any_loss_and_penalty(loss):
    outputs = OUTPUTS.clone().requires_grad_()

    mse = objective(outputs, TARGETS, NETWORK, recipe(loss=loss, l1_penalty=0.5)).mse

    assert mse.item() == pytest.approx((0.01 + 0.04) / 2)
    assert not mse.requires_grad


def test_the_psnr_loss_is_finite_where_an_image_is_met_exactly():
    outputs = TARGETS.clone().requires_grad_()

    value = objective(outputs, TARGETS, NETWORK, recipe(loss="psnr")).loss
    value.backward()

    assert value.item() == pytest.approx(-60)
    assert torch.equal(outputs.grad, torch.zeros_like(outputs))


def test_the_penalty_weighs_absolute_weights_and_spares_biases():
    network = nn.Conv2d(3, 3, 1)
    with torch.no_grad():
        network.weight.fill_(-2)
        network.bias.fill_(100)

    value = objective(TARGETS, TARGETS, network, recipe(l1_penalty=0.01)).loss

    assert value.item() == pytest.approx(0.01 * 9 * 2)
