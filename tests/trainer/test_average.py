from __future__ import annotations

import pytest
import torch
from torch import nn

from denoising_autoencoder.trainer.average import Average


def test_a_weight_counts_half_after_the_half_life():
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    average = Average(network, half_life=5)
    nn.init.ones_(network.weight)

    for step in range(1001, 1006):  # far beyond the short averages at the beginning
        average.update(step)

    assert average.network.weight.item() == pytest.approx(0.5)
    assert network.weight.item() == 1


def test_at_the_beginning_the_initial_weights_are_soon_forgotten():
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    average = Average(network, half_life=1e6)
    nn.init.ones_(network.weight)

    for step in range(1, 101):
        average.update(step)

    assert average.network.weight.item() > 0.999


def test_buffers_are_those_of_the_network():
    network = nn.BatchNorm2d(2)
    average = Average(network, half_life=100)

    network(torch.full((4, 2, 3, 3), 7.0))
    average.update(1)

    assert torch.equal(average.network.running_mean, network.running_mean)
    assert average.network.num_batches_tracked == 1
    assert not average.network.training
