from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from denoising_autoencoder.trainer.objective import objective, sum_of_weights

OUTPUTS = torch.zeros(2, 3, 4, 4)
TARGETS = torch.zeros(2, 3, 4, 4)
TARGETS[0], TARGETS[1] = 0.1, -0.2


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("mse", (0.01 + 0.04) / 2),
        ("l1", (0.1 + 0.2) / 2),
        ("psnr", (10 * math.log10(0.01 + 1e-6) + 10 * math.log10(0.04 + 1e-6)) / 2),
    ],
)
def test_the_loss_is_the_named_one_and_the_mse_comes_with_it(loss, expected):
    outputs = OUTPUTS.clone().requires_grad_()

    value, mse = objective(outputs, TARGETS, loss)

    assert value.item() == pytest.approx(expected, rel=1e-5)
    assert mse.item() == pytest.approx((0.01 + 0.04) / 2)
    assert not mse.requires_grad


def test_the_psnr_loss_is_finite_where_an_image_is_met_exactly():
    outputs = TARGETS.clone().requires_grad_()

    value = objective(outputs, TARGETS, "psnr").loss
    value.backward()

    assert value.item() == pytest.approx(-60)
    assert torch.equal(outputs.grad, torch.zeros_like(outputs))


def test_the_sum_of_weights_is_of_absolute_values_and_spares_biases():
    network = nn.Conv2d(3, 3, 1)
    with torch.no_grad():
        network.weight.fill_(-2)
        network.bias.fill_(100)

    assert sum_of_weights(network).item() == pytest.approx(9 * 2)
