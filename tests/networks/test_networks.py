from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.build import build_network, load_network
from denoising_autoencoder.networks.summary import summarize_network


def images(count: int = 2, height: int = 32, width: int = 32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.rand((count, 3, height, width), generator=generator) * 2 - 1


def weights_of(network: nn.Module) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in network.state_dict().items()}


# The course report's network


def test_the_report_s_network_has_1611_parameters():
    network = build_network("report", seed=0)

    assert sum(p.numel() for p in network.parameters()) == 1611
    assert all(p.requires_grad for p in network.parameters())


def test_the_report_s_network_has_the_layers_that_the_report_describes():
    layers = list(build_network("report", seed=0).children())

    assert [type(layer) for layer in layers] == [
        nn.Conv2d,
        nn.ReLU,
        nn.Conv2d,
        nn.ReLU,
        nn.ConvTranspose2d,
        nn.ReLU,
        nn.ConvTranspose2d,
        nn.Tanh,
    ]
    channels = [(layer.in_channels, layer.out_channels) for layer in layers[::2][:4]]
    assert channels == [(3, 8), (8, 8), (8, 8), (8, 3)]
    for layer in layers[::2][:4]:
        assert layer.kernel_size == (3, 3)
        assert layer.stride == (1, 1)
        assert layer.padding == (0, 0)
        assert layer.bias is not None


@pytest.mark.parametrize(("height", "width"), [(32, 32), (5, 5), (17, 40)])
def test_outputs_have_the_shape_of_the_inputs(height, width):
    batch = images(3, height, width)

    with torch.inference_mode():
        outputs = build_network("report", seed=0)(batch)

    assert outputs.shape == batch.shape
    assert outputs.dtype == torch.float32


@pytest.mark.parametrize(
    "options",
    [{}, {"input_skip": True}, {"batch_norm": True}, {"linear_start": True}],
)
def test_bfloat16_gives_what_float32_gives_to_two_digits(options):
    batch = images()
    network = build_network("report", seed=0, **options).eval()

    with torch.inference_mode():
        expected = network(batch)
        with torch.autocast("cpu", torch.bfloat16):
            outputs = network(batch)

    torch.testing.assert_close(outputs.float(), expected, rtol=0, atol=0.02)


def test_outputs_stay_within_the_range_whatever_the_weights_are():
    network = build_network("report", seed=0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(50)

    with torch.inference_mode():
        outputs = network(images())

    assert outputs.min() == -1
    assert outputs.max() == 1


# Building


def test_equal_seeds_give_equal_weights():
    first, second = (weights_of(build_network("report", seed=4)) for _ in range(2))

    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])


def test_networks_that_are_built_side_by_side_are_those_of_their_seeds():
    alone = {seed: weights_of(build_network("report", seed)) for seed in range(8)}

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            built = pool.map(lambda seed: build_network("report", seed), alone)
            for seed, network in zip(alone, built, strict=True):
                for name, value in weights_of(network).items():
                    np.testing.assert_array_equal(value, alone[seed][name])


def test_other_seeds_give_other_weights_in_every_layer():
    first, second = (weights_of(build_network("report", seed=s)) for s in (4, 5))

    for name, value in first.items():
        assert not np.any(value == second[name])


def test_initial_weights_are_pytorch_s_default():
    torch.manual_seed(4)
    expected = nn.Conv2d(3, 8, 3).weight.detach().numpy()

    weights = weights_of(build_network("report", seed=4))

    np.testing.assert_array_equal(weights["0.weight"], expected)


def test_building_leaves_the_global_generator_as_it_was():
    torch.manual_seed(123)
    before = torch.get_rng_state()

    build_network("report", seed=4)

    assert torch.equal(torch.get_rng_state(), before)


def test_networks_lie_channels_last_in_memory():
    weight = build_network("report", seed=0)[2].weight

    assert weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", ["reprot", ""])
def test_an_unknown_network_is_refused_with_those_that_exist(name):
    message = f"There is no network '{name}'; choose one of report"

    with pytest.raises(ProjectError, match=message):
        build_network(name, seed=0)
    with pytest.raises(ProjectError, match=message):
        load_network(name, {})


# Saved weights


def test_a_network_with_saved_weights_gives_the_same_outputs():
    network = build_network("report", seed=9).eval()
    weights = {name: value.copy() for name, value in weights_of(network).items()}
    for value in weights.values():
        value.flags.writeable = False

    loaded = load_network("report", weights)

    assert not loaded.training
    with torch.inference_mode():
        assert torch.equal(loaded(images()), network(images()))


def test_a_loaded_network_is_independent_of_the_arrays_that_it_came_from():
    weights = weights_of(build_network("report", seed=9))
    weights = {name: value.copy() for name, value in weights.items()}

    loaded = load_network("report", weights)
    weights["0.bias"][:] = 77

    assert not torch.any(loaded[0].bias == 77)


def without_one(weights):
    del weights["2.bias"]


def with_another(weights):
    weights["8.weight"] = np.zeros(3, np.float32)


def of_another_shape(weights):
    weights["2.weight"] = np.zeros((8, 8, 5, 5), np.float32)


def of_another_dtype(weights):
    weights["0.bias"] = np.zeros(8, np.float64)


def that_are_not_finite(weights):
    weights["4.bias"] = np.full(8, np.inf, np.float32)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (without_one, "(2.bias is missing)"),
        (with_another, "('8.weight' is unknown to it)"),
        (
            of_another_shape,
            "(2.weight has the shape (8, 8, 5, 5) instead of (8, 8, 3, 3))",
        ),
        (of_another_dtype, "(0.bias is float64 instead of float32)"),
        (that_are_not_finite, "(4.bias holds numbers that are not finite)"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_why_and_what_to_do(spoil, why):
    weights = weights_of(build_network("report", seed=0))
    spoil(weights)

    with pytest.raises(ProjectError) as caught:
        load_network("report", weights)

    assert str(caught.value) == (
        f"The saved weights do not fit the network 'report' {why}: train it again."
    )


# Summary


def test_the_summary_of_the_report_s_network_is_that_by_hand():
    summary = summarize_network(build_network("report", seed=0), 32, 32)

    # Weights times pixels: 3 x 8 x 9 of them on 30x30 outputs, 8 x 8 x 9 on 28x28, and
    # the same backwards; biases are parameters but no multiplications.
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
    assert summary.columns.tolist() == [
        "layer",
        "operation",
        "output",
        "parameters",
        "macs",
        "activations",
        "receptive_field",
    ]
    assert summary["parameters"].sum() == 1611
    assert summary["macs"].sum() == 1_291_968


def test_the_summary_follows_the_size_of_the_image():
    summary = summarize_network(build_network("report", seed=0), height=10, width=20)

    assert summary["output"].tolist()[::2] == ["8x8x18", "8x6x16", "8x8x18", "3x10x20"]
    assert summary["macs"].tolist()[::2] == [216 * 144, 576 * 96, 576 * 96, 216 * 144]


def test_a_summary_leaves_no_trace_in_the_network():
    network = build_network("report", seed=0)
    before = {name: value.copy() for name, value in weights_of(network).items()}
    calls = []

    summary = summarize_network(network, 32, 32)
    network[0].register_forward_hook(lambda *_: calls.append(1))
    network(images())

    assert len(calls) == 1
    assert len(network[0]._forward_hooks) == 1
    assert not network[2]._forward_hooks
    assert len(summary) == 8
    for name, value in weights_of(network).items():
        np.testing.assert_array_equal(value, before[name])


def test_an_output_pixel_depends_on_exactly_the_receptive_field():
    network = build_network("report", seed=0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(0.01)  # positive, so that no path cancels another
    batch = torch.ones(1, 3, 32, 32, requires_grad=True)
    field = summarize_network(network, 32, 32)["receptive_field"].iloc[-1]

    network(batch)[0, :, 15, 17].sum().backward()

    depends = (batch.grad[0] != 0).all(dim=0)
    expected = torch.zeros(32, 32, dtype=torch.bool)
    reach = field // 2
    expected[15 - reach : 16 + reach, 17 - reach : 18 + reach] = True
    assert field == 9
    assert torch.equal(depends, expected)
    assert torch.equal((batch.grad[0] != 0).any(dim=0), expected)
