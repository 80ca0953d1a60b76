"""Networks that learned nothing, or that lost their channels."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.denoisers.collapse import find_collapse
from denoising_autoencoder.images import normalize
from tests.trainer.trainings import Scale


@pytest.fixture
def images() -> np.ndarray:
    levels = np.random.default_rng(0).integers(0, 256, (100, 8, 8, 3), dtype=np.uint8)
    return normalize(levels)


def look_at(network: nn.Module, inputs: np.ndarray, targets: np.ndarray) -> list[str]:
    return find_collapse(network, "cpu", inputs, targets, np.zeros(len(inputs)))


class White(nn.Module):
    """White for everything, as a denoiser of documents gives that has collapsed."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return torch.ones_like(batch)


@pytest.mark.parametrize(
    ("network", "collapsed"),
    [(White(), True), (Scale(0.0), True), (Scale(0.03), True), (Scale(0.5), False)],
)
@pytest.mark.parametrize("count", [100, 1])
def test_a_network_that_is_no_better_than_one_colour_is_seen(
    images, network, collapsed, count
):
    found = look_at(network, images[:count], images[:count])

    assert len(found) == collapsed
    assert all("as bad as that of one colour" in one for one in found)


def test_the_message_has_the_error_and_that_of_one_colour(images):
    (found,) = look_at(White(), images, images)

    # Of a uniform distribution from -1 to 1: 1/3 around its mean, and 4/3 around 1.
    mse, of_one_color = (float(number) for number in re.findall(r"\d\.\d+", found))
    assert mse == pytest.approx(4 / 3, rel=0.05)
    assert of_one_color == pytest.approx(1 / 3, rel=0.05)


def test_one_colour_is_right_where_the_images_have_one(images):
    assert look_at(Scale(0.0), images, images * np.float16(0.05)) == []


@pytest.mark.parametrize(("dead", "words"), [(3, None), (4, "4 of 8"), (8, "8 of 8")])
def test_a_layer_of_which_half_is_dead_is_named(images, dead, words):
    first, last = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 3, 1)
    with torch.no_grad():
        first.weight.copy_(0.01 * torch.ones(8, 3, 3, 3))
        first.bias.copy_(torch.where(torch.arange(8) < dead, -99.0, 1.0))
    network = nn.Sequential(first, nn.ReLU(), last)

    # With targets of one colour, only the layer is judged.
    found = look_at(network, images, np.zeros_like(images))

    assert [words in one for one in found] == [True] * (words is not None)
    assert all("channels of its layer 1 are zero" in one for one in found)
    assert not network[1]._forward_hooks
