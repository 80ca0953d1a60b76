from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.cells import InCells


def chain(kind: type[nn.Sequential], bias: bool = True) -> nn.Sequential:
    torch.manual_seed(1)
    return kind(
        nn.Conv2d(3, 5, 3, bias=bias),
        nn.ReLU(),
        nn.ConvTranspose2d(5, 4, 3),
        nn.ReLU(),
        nn.Conv2d(4, 2, 3),
        nn.Tanh(),
        nn.ReLU(),
        nn.ConvTranspose2d(2, 3, 3),
        nn.Tanh(),
    )


def images(height: int = 12, width: int = 8) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.rand((3, 3, height, width), generator=generator)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_cells_give_what_pixels_give(bias, layout):
    batch = images().to(memory_format=layout)

    outputs = chain(InCells, bias).in_cells(batch)

    assert outputs.shape == batch.shape
    torch.testing.assert_close(
        outputs, chain(nn.Sequential, bias)(batch), rtol=0, atol=1e-6
    )


def test_gradients_of_cells_are_those_of_pixels():
    in_cells, plain = chain(InCells), chain(nn.Sequential)
    batch, of_plain = images().requires_grad_(), images().requires_grad_()

    in_cells.in_cells(batch).square().sum().backward()
    plain(of_plain).square().sum().backward()

    torch.testing.assert_close(batch.grad, of_plain.grad, rtol=1e-4, atol=1e-5)
    for mine, theirs in zip(in_cells.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-4, atol=1e-4)


def test_weights_carry_the_names_of_the_plain_chain():
    in_cells, plain = chain(InCells), chain(nn.Sequential)

    assert list(in_cells.state_dict()) == list(plain.state_dict())
    in_cells.load_state_dict(copy.deepcopy(plain.state_dict()))


def called(network: InCells, batch: torch.Tensor, monkeypatch) -> bool:
    """Whether the network computes in cells."""
    calls = []
    monkeypatch.setattr(network, "in_cells", lambda given: calls.append(1) or given)
    assert network(batch).shape == batch.shape
    return bool(calls)


def test_cells_are_for_bfloat16_on_a_cpu(monkeypatch):
    network = chain(InCells)

    assert not called(network, images(), monkeypatch)
    with torch.autocast("cpu", torch.float16):
        assert not called(network, images(), monkeypatch)
    with torch.autocast("cpu", torch.bfloat16):
        assert called(network, images(), monkeypatch)


@pytest.mark.parametrize(("height", "width"), [(11, 8), (12, 7), (13, 13)])
def test_images_of_odd_sides_take_the_plain_layers(height, width, monkeypatch):
    with torch.autocast("cpu", torch.bfloat16):
        assert not called(chain(InCells), images(height, width), monkeypatch)


def test_layers_that_are_watched_are_called():
    network, seen = chain(InCells), []
    with torch.autocast("cpu", torch.bfloat16):
        hook = network[2].register_forward_hook(lambda *_: seen.append(1))
        network(images())
        hook.remove()
        network(images())

    assert seen == [1]


def test_no_images_give_no_images():
    assert chain(InCells).in_cells(images()[:0]).shape == (0, 3, 12, 8)


def test_a_part_of_a_chain_is_one():
    part = chain(InCells)[2:5]

    outputs = part.in_cells(images()[:, :1].expand(-1, 5, -1, -1))

    expected = chain(nn.Sequential)[2:5](images()[:, :1].expand(-1, 5, -1, -1))
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [{"kernel_size": 5}, {"stride": 2}, {"padding": 1}, {"dilation": 2}, {"groups": 2}],
)
@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_other_convolutions_are_refused(kind, change):
    with pytest.raises(ValueError, match="cannot be computed in cells"):
        InCells(
            kind(**{"in_channels": 4, "out_channels": 4, "kernel_size": 3, **change})
        )


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ({}, True),
        ({"layers": 3}, True),
        ({"width": 9}, False),
        ({"batch_norm": True}, False),
    ],
)
def test_the_report_s_network_is_in_cells_where_they_gain(options, cells):
    assert isinstance(build_network("report", seed=0, **options), InCells) == cells


def test_pixels_that_are_rounded_before_they_are_moved_give_the_same_bits():
    in_cells, batch = chain(InCells), images()

    with torch.autocast("cpu", torch.bfloat16):
        # The first convolution rounds what it is given.
        assert torch.equal(in_cells(batch), in_cells.in_cells(batch))
