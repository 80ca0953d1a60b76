"""The residual networks, and the changes that the course report proposes to its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.any_size import Framed
from denoising_autoencoder.networks.build import build_network, load_network
from denoising_autoencoder.networks.summary import summarize_network
from denoising_autoencoder.networks.upsample import grow

VARIANTS = [
    ("report", {"layers": 3, "width": 5}),
    ("report", {"layers": 1, "batch_norm": True}),
    ("report", {"input_skip": True}),
    ("resunet", {}),
    ("resunet", {"widths": [4], "blocks": [2]}),
    ("resunet", {"widths": [4, 6, 8], "blocks": [0, 1, 2]}),
    ("resunet", {"widths": [4, 6], "blocks": [1, 1], "unshuffle": 2}),
    ("resunet", {"widths": [4, 6], "blocks": [1, 1], "batch_norm": True}),
    ("resunet", {"widths": [4, 6], "blocks": [1, 1], "input_skip": False}),
    ("ffdnet", {"width": 6, "layers": 4}),
]


def images(height: int = 32, width: int = 32, count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.rand((count, 3, height, width), generator=generator) * 2 - 1


def with_large_weights(network: nn.Module) -> nn.Module:
    """Weights that send outputs far beyond the range, also where they start at zero."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 1, generator=generator)
    return network


# The contract of a denoiser


@pytest.mark.parametrize(("name", "options"), VARIANTS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (17, 23), (9, 40)])
def test_every_network_keeps_the_shape_and_the_range(name, options, height, width):
    network = with_large_weights(build_network(name, seed=0, **options)).eval()
    batch = images(height, width)

    with torch.inference_mode():
        outputs = network(batch)

    assert outputs.shape == batch.shape
    assert outputs.dtype == torch.float32
    assert outputs.min() == -1
    assert outputs.max() == 1


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_every_network_comes_back_from_its_saved_weights(name, options):
    network = with_large_weights(build_network(name, seed=0, **options)).eval()
    weights = {
        k: v.numpy() for k, v in network.state_dict().items() if v.is_floating_point()
    }

    if options.get("batch_norm"):
        weights |= {
            k: v.numpy()
            for k, v in network.state_dict().items()
            if not v.is_floating_point()
        }
    loaded = load_network(name, weights, **options)

    with torch.inference_mode():
        assert torch.equal(loaded(images()), network(images()))


@pytest.mark.parametrize("name", ["resunet", "ffdnet"])
@pytest.mark.parametrize("size", [(32, 32), (17, 23)])
def test_an_untrained_residual_network_gives_its_input_back(name, size):
    network = build_network(name, seed=0)

    with torch.inference_mode():
        assert torch.equal(network(images(*size)), images(*size))


def test_each_weight_of_a_residual_network_is_reached():
    # Branches that start at zero must not stay there.
    network = build_network("resunet", seed=0, widths=[4, 6, 8], blocks=[1, 1, 1])
    start = {name: value.clone() for name, value in network.named_parameters()}
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(4):
        optimizer.zero_grad()
        (network(images()) - images() * 0.5).square().mean().backward()
        optimizer.step()

    for name, value in network.named_parameters():
        assert not torch.equal(value, start[name]), name


def test_the_range_binds_a_residual_network_only_when_it_is_used():
    network = with_large_weights(build_network("ffdnet", seed=0, width=4, layers=3))

    assert network.train()(images()).abs().max() > 1
    assert network.eval()(images()).abs().max() == 1


def test_padding_does_not_change_what_needs_none():
    network = with_large_weights(build_network("ffdnet", seed=0, width=4, layers=2))
    network = network.eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(0.01)
        whole = network(images(16, 16))
        odd = network(images(16, 16)[..., :15, :13])

    # Beyond the reach of the border both see the same pixels.
    assert torch.allclose(odd[..., :9, :7], whole[..., :9, :7], atol=1e-6)


def test_the_input_skip_of_the_report_s_network_adds_its_input():
    network = with_large_weights(build_network("report", seed=0, input_skip=True))

    with torch.inference_mode():
        outputs, inner = network.train()(images()), network.network(images())

    assert torch.allclose(outputs, images() + inner)
    assert not any(isinstance(layer, nn.Tanh) for layer in network.modules())


def test_more_layers_of_the_report_s_network_are_of_its_kind():
    layers = list(build_network("report", seed=0, layers=3, width=5).children())

    kinds = [nn.Conv2d] * 3 + [nn.ConvTranspose2d] * 3
    convolutions = [layer for layer in layers if not isinstance(layer, nn.ReLU)][:-1]
    assert [type(layer) for layer in convolutions] == kinds
    channels = [(c.in_channels, c.out_channels) for c in convolutions]
    assert channels == [(3, 5), (5, 5), (5, 5), (5, 5), (5, 5), (5, 3)]
    assert isinstance(layers[-1], nn.Tanh)


def test_batch_norm_follows_each_layer_but_the_last():
    layers = list(build_network("report", seed=0, batch_norm=True).children())

    norms = [i for i, layer in enumerate(layers) if isinstance(layer, nn.BatchNorm2d)]
    assert norms == [1, 4, 7]


def test_growing_is_what_a_transposed_convolution_computes():
    layer = grow(5, 3)
    expected = nn.ConvTranspose2d(5, 3, 2, stride=2)
    with torch.no_grad():
        # (in, out, 2, 2) there; here the four pixels one after the other, as 1x1.
        weight = expected.weight.permute(2, 3, 1, 0).reshape(12, 5, 1, 1)
        layer[0].weight.copy_(weight)
        layer[0].bias.copy_(expected.bias.repeat(4))
    features = torch.randn(2, 5, 4, 6).to(memory_format=torch.channels_last)

    grown = layer(features)

    torch.testing.assert_close(grown, expected(features))
    assert grown.is_contiguous(memory_format=torch.channels_last)


# Options that no network can have


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("report", {"layer": 3}, "unknown parameter layer (did you mean layers?)"),
        ("report", {"layers": 0}, "layers = 0"),
        ("report", {"batch_norm": 1}, "batch_norm = 1"),
        ("resunet", {"widths": [4, 8, 8]}, "widths names 3 levels and blocks 2"),
        ("resunet", {"widths": [0, 8]}, "widths.0 = 0"),
        ("resunet", {"blocks": "12"}, "blocks = '12'"),
        ("ffdnet", {"layers": 1}, "layers = 1"),
    ],
)
def test_an_option_that_cannot_be_is_named(name, options, problem):
    with pytest.raises(ProjectError) as error:
        build_network(name, seed=0, **options)

    assert problem in str(error.value)
    assert f"network {name}" in str(error.value)
    assert str(error.value).endswith(".")


# The summary


def measured_field(network: nn.Module, size: int) -> int:
    """The side of the square of inputs that a change of one output comes from.

    Weights are positive and inputs zero, so that no ReLU and no sum hides anything.
    """
    network = network.double().train()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(0.01)
    largest = 0
    for row in range(size // 2, size // 2 + 4):
        batch = torch.zeros(1, 3, size, size, dtype=torch.float64, requires_grad=True)
        network(batch)[0, 0, row, size // 2].backward()
        rows = batch.grad[0].abs().sum(dim=(0, 2)).nonzero()
        largest = max(largest, int(rows.max() - rows.min()) + 1)
    return largest


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("report", {"layers": 3}),
        ("resunet", {"widths": [2], "blocks": [2]}),
        ("resunet", {"widths": [2, 3], "blocks": [1, 2]}),
        ("resunet", {"widths": [2, 3], "blocks": [1, 1], "unshuffle": 2}),
        ("ffdnet", {"width": 4, "layers": 4}),
    ],
)
def test_the_receptive_field_is_what_a_gradient_reaches(name, options):
    network = build_network(name, seed=0, **options)

    stated = summarize_network(network, 32, 32)["receptive_field"].iloc[-1]

    assert stated == measured_field(network, size=96)


def test_three_levels_see_at_most_one_coarse_pixel_more_than_stated():
    network = build_network("resunet", seed=0, widths=[2, 3, 4], blocks=[1, 0, 1])

    stated = summarize_network(network, 32, 32)["receptive_field"].iloc[-1]

    assert stated == 32
    assert measured_field(network, size=96) == 34


def test_the_numbers_of_a_small_unet_are_those_by_hand():
    network = build_network("resunet", seed=0, widths=[4, 6], blocks=[0, 1])

    summary = summarize_network(network, 8, 8)

    convolutions = summary[summary["macs"] > 0]
    assert convolutions["macs"].tolist() == [
        3 * 4 * 9 * 64,
        4 * 6 * 4 * 16,
        6 * 6 * 9 * 16,
        6 * 6 * 9 * 16,
        6 * 16 * 16,
        4 * 3 * 9 * 64,
    ]
    assert convolutions["activations"].tolist() == [256, 96, 96, 96, 256, 192]
    assert convolutions["parameters"].tolist() == [112, 102, 330, 330, 112, 111]
    assert summary["parameters"].sum() == sum(p.numel() for p in network.parameters())


def test_weights_of_other_options_do_not_fit():
    weights = {
        k: v.numpy()
        for k, v in build_network("ffdnet", seed=0, width=4).state_dict().items()
    }

    with pytest.raises(ProjectError, match="do not fit the network 'ffdnet'"):
        load_network("ffdnet", weights, width=5)
    assert np.isfinite(next(iter(weights.values()))).all()


def test_a_size_that_does_not_fit_is_filled_up_with_its_last_row_and_column():
    seen = []

    class Inside(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            seen.append(batch)
            return batch

    batch = images(5, 6, count=1)

    outputs = Framed(Inside(), multiple=4, input_skip=False)(batch)

    (padded,) = seen
    assert padded.shape == (1, 3, 8, 8)
    assert torch.equal(padded[..., :5, :6], batch)
    assert torch.equal(padded[..., 5:, :6], batch[..., 4:, :].expand(1, 3, 3, 6))
    assert torch.equal(padded[..., 6:], padded[..., 5:6].expand(1, 3, 8, 2))
    assert torch.equal(outputs, batch)
