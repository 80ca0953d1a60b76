"""The table of a network's layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.summary import count_macs, summarize_network


def test_the_summary_of_the_report_s_network_is_that_by_hand():
    summary = summarize_network(build_network("report", seed=0), 32, 32)

    # Weights times pixels: 3 x 8 x 9 of them on 30x30 outputs, 8 x 8 x 9 on 28x28, and
    # the same backwards. Biases are parameters but no multiplications.
    assert list(summary.itertuples(index=False, name=None)) == [
        ("0", "Conv2d(3, 8, 3x3)", "8x30x30", 224, 194_400, 7_200, 3),
        ("1", "ReLU", "8x30x30", 0, 0, 0, 3),
        ("2", "Conv2d(8, 8, 3x3)", "8x28x28", 584, 451_584, 6_272, 5),
        ("3", "ReLU", "8x28x28", 0, 0, 0, 5),
        ("4", "ConvTranspose2d(8, 8, 3x3)", "8x30x30", 584, 451_584, 7_200, 7),
        ("5", "ReLU", "8x30x30", 0, 0, 0, 7),
        ("6", "ConvTranspose2d(8, 3, 3x3)", "3x32x32", 219, 194_400, 3_072, 9),
        ("7", "Tanh", "3x32x32", 0, 0, 0, 9),
    ]
    columns = "layer operation output parameters macs activations receptive_field"
    assert summary.columns.tolist() == columns.split()


def test_the_numbers_of_a_small_unet_are_those_by_hand():
    network = build_network(
        "resunet", seed=0, options={"widths": [4, 6], "blocks": [0, 1]}
    )

    summary = summarize_network(network, 8, 16)

    convolutions = summary[summary["macs"] > 0]
    assert convolutions["macs"].tolist() == [
        3 * 4 * 9 * 128,
        4 * 6 * 4 * 32,
        6 * 6 * 9 * 32,
        6 * 6 * 9 * 32,
        6 * 16 * 32,
        4 * 3 * 9 * 128,
    ]
    assert convolutions["activations"].tolist() == [512, 192, 192, 192, 512, 384]
    assert convolutions["parameters"].tolist() == [112, 102, 330, 330, 112, 111]
    assert summary["parameters"].sum() == sum(p.numel() for p in network.parameters())


def test_the_multiply_accumulates_of_a_network_are_those_of_its_layers():
    network = build_network("report", seed=0)

    assert count_macs(network, 32, 32) == 2 * (194_400 + 451_584)


@pytest.mark.parametrize("name", ["resunet", "ffdnet"])
def test_a_sigma_map_is_one_more_channel_to_multiply(name):
    options = {"channels": 1, "sigma_map": True}

    first = summarize_network(build_network(name, 0, options), 8, 8, 1)
    blind = summarize_network(build_network(name, 0, {"channels": 1}), 8, 8, 1)

    (told, alone) = (
        table[table["macs"] > 0]["macs"].tolist() for table in (first, blind)
    )
    assert told[0] == 2 * alone[0]
    assert told[1:] == alone[1:]


def test_a_summary_leaves_no_hook_in_the_network():
    network = build_network("report", seed=0)

    summarize_network(network, 32, 32)

    assert not any(layer._forward_hooks for layer in network.modules())


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
        ("report", {}),
        ("report", {"layers": 3}),
        ("resunet", {"widths": [2], "blocks": [2]}),
        ("resunet", {"widths": [2, 3], "blocks": [1, 1], "unshuffle": 2}),
        ("ffdnet", {"width": 4, "layers": 4}),
    ],
)
def test_the_receptive_field_is_what_a_gradient_reaches(name, options):
    network = build_network(name, seed=0, options=options)

    stated = summarize_network(network, 32, 32)["receptive_field"].iloc[-1]

    assert stated == measured_field(network, size=96)


def test_three_levels_see_at_most_one_coarse_pixel_more_than_stated():
    network = build_network(
        "resunet", seed=0, options={"widths": [2, 3, 4], "blocks": [1, 0, 1]}
    )

    stated = summarize_network(network, 32, 32)["receptive_field"].iloc[-1]

    assert stated == 32
    assert measured_field(network, size=96) == 34
