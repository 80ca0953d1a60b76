"""Initial weights with which the course report's network is linear."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.cells import Convolution


def convolutions(network: nn.Module) -> list[Convolution]:
    return [layer for layer in network.modules() if isinstance(layer, Convolution)]


def filters_of(layer: Convolution) -> torch.Tensor:
    """(outputs, all that an output adds up)."""
    by_output = layer.weight.detach()
    if isinstance(layer, nn.ConvTranspose2d):
        by_output = by_output.transpose(0, 1)
    return by_output.flatten(1)


def cut(network: nn.Module, images: torch.Tensor) -> float:
    """The share of what ReLUs are given that they cut."""
    given: list[torch.Tensor] = []
    for layer in network.modules():
        if isinstance(layer, nn.ReLU):
            layer.register_forward_pre_hook(lambda _, x: given.append(x[0].flatten()))
    network(images)
    return float((torch.cat(given) < 0).float().mean())


def pictures() -> torch.Tensor:
    """Smooth, as photographs are, and of all their contrast: (8, 3, 32, 32)."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand((8, 3, 4, 4), generator=generator) * 2 - 1
    return nn.functional.interpolate(coarse, size=(32, 32), mode="bilinear")


@pytest.mark.parametrize(
    "options", [{}, {"layers": 1}, {"layers": 3}, {"width": 1}, {"width": 32}]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_hardly_anything_is_cut(options, seed):
    network = build_network("report", seed, **options, linear_start=True)

    assert cut(network, pictures()) < 0.03


def test_by_default_a_third_is_cut_and_more():
    assert cut(build_network("report", seed=0), pictures()) > 0.3


@pytest.mark.parametrize("seed", [0, 1])
def test_what_little_an_image_changes_adds_up(seed):
    network = build_network("report", seed, linear_start=True)
    linear = network[:-1]  # without the Tanh
    first, second = pictures()[:2] / 4, pictures()[2:4] / 4

    grey = linear(torch.zeros(2, 3, 32, 32))
    both = linear(first + second) - grey

    torch.testing.assert_close(both, linear(first) + linear(second) - 2 * grey)
    assert both.std() > 0.001


def test_a_grey_image_stays_grey_within_its_border():
    network = build_network("report", seed=0, linear_start=True)

    inside = network(torch.zeros(1, 3, 32, 32))[..., 4:-4, 4:-4]

    torch.testing.assert_close(inside, torch.zeros_like(inside), rtol=0, atol=1e-6)


def test_the_filters_of_a_layer_are_orthogonal():
    network = build_network("report", seed=0, linear_start=True)

    for layer, gain in zip(convolutions(network), (0.5, 0.5, 0.5, 0.1), strict=True):
        filters = filters_of(layer)
        expected = gain**2 * torch.eye(len(filters))
        torch.testing.assert_close(filters @ filters.T, expected, rtol=0, atol=1e-6)


def test_the_seed_decides():
    one, same, other = (
        build_network("report", seed, linear_start=True) for seed in (0, 0, 1)
    )

    for first, second, third in zip(
        *map(convolutions, (one, same, other)), strict=True
    ):
        assert torch.equal(first.weight, second.weight)
        assert not torch.allclose(first.weight, third.weight, atol=0.01)


def test_the_global_generator_is_left_as_it_was():
    torch.manual_seed(5)
    before = torch.get_rng_state()

    build_network("report", seed=0, linear_start=True)

    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_added_to_the_input_is_less_than_by_default():
    added = []
    for linear in (True, False):
        network = build_network("report", 0, linear_start=linear, input_skip=True)
        inside = (network.train()(pictures()) - pictures())[..., 4:-4, 4:-4]
        added.append(float(inside.detach().std()))

    assert added[0] < added[1] / 3


def test_batch_norm_is_refused_since_it_takes_the_biases_away():
    with pytest.raises(ProjectError, match=r"linear_start .* batch_norm takes away"):
        build_network("report", 0, linear_start=True, batch_norm=True)
