"""The course report's network, the report's own proposals, and its other weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.course_report.near_linear_init import Convolution


def convolutions(network: nn.Module) -> list[Convolution]:
    return [layer for layer in network.modules() if isinstance(layer, Convolution)]


def test_it_has_the_layers_that_the_report_describes():
    network = build_network("report", seed=0)

    assert type(network) is nn.Sequential
    kinds = [nn.Conv2d] * 2 + [nn.ConvTranspose2d] * 2
    assert [type(layer) for layer in network[::2][:4]] == kinds
    assert [type(layer) for layer in network[1::2]] == [nn.ReLU] * 3 + [nn.Tanh]
    channels = [(layer.in_channels, layer.out_channels) for layer in network[:8:2]]
    assert channels == [(3, 8), (8, 8), (8, 8), (8, 3)]
    for layer in convolutions(network):
        assert layer.kernel_size == (3, 3)
        assert layer.stride == (1, 1)
        assert layer.padding == (0, 0)
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == 1611


def test_more_layers_and_batch_norm_follow_the_same_pattern():
    network = build_network(
        "report", seed=0, options={"layers": 3, "width": 5, "batch_norm": True}
    )

    assert [type(layer) for layer in convolutions(network)] == (
        [nn.Conv2d] * 3 + [nn.ConvTranspose2d] * 3
    )
    channels = [(c.in_channels, c.out_channels) for c in convolutions(network)]
    assert channels == [(3, 5), (5, 5), (5, 5), (5, 5), (5, 5), (5, 3)]
    norms = [i for i, x in enumerate(network) if isinstance(x, nn.BatchNorm2d)]
    assert norms == [1, 4, 7, 10, 13]
    assert isinstance(network[-1], nn.Tanh)


def test_with_the_input_skip_its_output_is_added_to_its_input():
    network = build_network("report", seed=0, options={"input_skip": True}).train()
    batch = torch.rand(2, 3, 17, 23) * 2 - 1

    with torch.inference_mode():
        assert torch.equal(network(batch), batch + network.network(batch))

    assert not any(isinstance(layer, nn.Tanh) for layer in network.modules())


# Nearly linear initial weights


def share_cut(network: nn.Module, images: torch.Tensor) -> float:
    """The share of the ReLUs' inputs that are below zero."""
    inputs: list[torch.Tensor] = []
    for layer in network.modules():
        if isinstance(layer, nn.ReLU):
            layer.register_forward_pre_hook(lambda _, x: inputs.append(x[0].flatten()))
    network(images)
    return float((torch.cat(inputs) < 0).float().mean())


def pictures() -> torch.Tensor:
    """Smooth, as photographs are, and of all their contrast: (8, 3, 32, 32)."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand((8, 3, 4, 4), generator=generator) * 2 - 1
    return nn.functional.interpolate(coarse, size=(32, 32), mode="bilinear")


@pytest.mark.parametrize("options", [{}, {"layers": 3}, {"width": 1}, {"width": 32}])
def test_relus_cut_hardly_anything(options):
    network = build_network("report", seed=1, options={**options, "linear_start": True})

    assert share_cut(network, pictures()) < 0.03
    assert share_cut(build_network("report", seed=1), pictures()) > 0.3


def test_small_changes_of_an_image_add_up():
    network = build_network("report", seed=0, options={"linear_start": True})
    linear = network[:-1]  # without the Tanh
    first, second = pictures()[:2] / 4, pictures()[2:4] / 4

    grey = linear(torch.zeros(2, 3, 32, 32))
    both = linear(first + second) - grey

    torch.testing.assert_close(both, linear(first) + linear(second) - 2 * grey)
    assert both.std() > 0.001
    inside = grey[..., 4:-4, 4:-4]
    torch.testing.assert_close(inside, torch.zeros_like(inside), rtol=0, atol=1e-6)


def test_the_filters_of_a_layer_are_orthogonal():
    network = build_network("report", seed=0, options={"linear_start": True})

    for layer, gain in zip(convolutions(network), (0.5, 0.5, 0.5, 0.1), strict=True):
        by_output = layer.weight.detach()
        if isinstance(layer, nn.ConvTranspose2d):
            by_output = by_output.transpose(0, 1)
        filters = by_output.flatten(1)
        expected = gain**2 * torch.eye(len(filters))
        torch.testing.assert_close(filters @ filters.T, expected, rtol=0, atol=1e-6)
