"""Building networks by name, with new weights and with saved ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.build import build_network, load_network

VARIANTS = [
    ("report", {"layers": 3, "width": 5}),
    ("report", {"layers": 1, "batch_norm": True}),
    ("report", {"input_skip": True}),
    ("resunet", {}),
    ("resunet", {"widths": [4, 6, 8], "blocks": [0, 1, 2], "batch_norm": True}),
    ("resunet", {"widths": [4], "blocks": [2], "unshuffle": 2, "input_skip": False}),
    ("ffdnet", {"width": 6, "layers": 4}),
]


def images(height: int = 32, width: int = 32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.rand((2, 3, height, width), generator=generator) * 2 - 1


def weights_of(network: nn.Module) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in network.state_dict().items()}


def with_large_weights(network: nn.Module) -> nn.Module:
    """Weights that send outputs far beyond the range, also where they start at zero."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 1, generator=generator)
    return network.eval()


@pytest.mark.parametrize(("name", "options"), VARIANTS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (17, 23)])
def test_every_network_keeps_the_shape_and_the_range(name, options, height, width):
    network = with_large_weights(build_network(name, seed=0, options=options))
    batch = images(height, width)

    with torch.inference_mode():
        outputs = network(batch)

    assert outputs.shape == batch.shape
    assert outputs.dtype == torch.float32
    assert outputs.min() == -1
    assert outputs.max() == 1


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_a_network_with_saved_weights_gives_the_same_outputs(name, options):
    network = with_large_weights(build_network(name, seed=9, options=options))
    weights = weights_of(network)
    for value in weights.values():
        value.flags.writeable = False  # as read from a file

    loaded = load_network(name, weights, options)

    assert not loaded.training
    with torch.inference_mode():
        assert torch.equal(loaded(images()), network(images()))


def test_the_names_of_weights_are_those_of_the_models_that_users_have():
    expected = {
        "report": ["0.bias", "0.weight", "2.bias", "2.weight", "4.bias", "4.weight"],
        "resunet": ["network.body.0.branch.0.bias", "network.body.0.branch.0.weight"],
        "ffdnet": ["network.1.bias", "network.1.weight", "network.11.bias"],
    }

    for name, first in expected.items():
        names = sorted(build_network(name, seed=0).state_dict())
        assert names[: len(first)] == first
    unet = build_network(
        "resunet", seed=0, options={"widths": [4, 6], "blocks": [1, 0]}
    )
    assert {name.split(".")[1] for name in unet.state_dict()} == {
        *("head", "down", "shrink", "grow", "up", "tail")
    }
    skipping = build_network(
        "report", seed=0, options={"input_skip": True}
    ).state_dict()
    assert next(iter(skipping)) == "network.0.weight"


# Seeds


@pytest.mark.parametrize("linear_start", [False, True])
def test_the_seed_and_nothing_else_decides_the_weights(linear_start):
    before = torch.random.get_rng_state()
    first, same, other = (
        weights_of(build_network("report", seed, {"linear_start": linear_start}))
        for seed in (4, 4, 5)
    )

    for name, value in first.items():
        np.testing.assert_array_equal(value, same[name])
    for name in ("0.weight", "2.weight", "4.weight", "6.weight"):
        assert not np.any(first[name] == other[name])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_initial_weights_are_pytorch_s_default_and_lie_channels_last():
    torch.manual_seed(4)
    expected = nn.Conv2d(3, 8, 3).weight

    weight = build_network("report", seed=4)[0].weight

    assert torch.equal(weight, expected)
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_networks_that_are_built_side_by_side_are_those_of_their_seeds():
    alone = {seed: weights_of(build_network("report", seed)) for seed in range(8)}

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            built = pool.map(lambda seed: build_network("report", seed), alone)
            for seed, network in zip(alone, built, strict=True):
                for name, value in weights_of(network).items():
                    np.testing.assert_array_equal(value, alone[seed][name])


# Errors


def test_an_unknown_network_is_refused_with_those_that_exist():
    message = "There is no network 'reprot'; choose one of report, resunet, ffdnet"

    with pytest.raises(ProjectError, match=message):
        build_network("reprot", seed=0)
    with pytest.raises(ProjectError, match=message):
        load_network("reprot", {})


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("report", {"layer": 3}, "unknown parameter layer (did you mean layers?)"),
        ("report", {"layers": 0}, "layers = 0"),
        ("report", {"batch_norm": 1}, "batch_norm = 1"),
        ("report", {"linear_start": True, "batch_norm": True}, "batch_norm removes"),
        ("resunet", {"widths": [4, 8, 8]}, "widths names 3 levels and blocks 2"),
        ("resunet", {"widths": [0, 8]}, "widths.0 = 0"),
        ("resunet", {"blocks": "12"}, "blocks = '12'"),
        ("ffdnet", {"layers": 1}, "layers = 1"),
    ],
)
def test_an_invalid_option_is_named(name, options, problem):
    with pytest.raises(ProjectError) as error:
        build_network(name, seed=0, options=options)

    assert problem in str(error.value)
    assert f"network {name}" in str(error.value)
    assert str(error.value).endswith(".")


def test_options_with_the_names_of_arguments_are_unknown_options():
    for name in ("name", "seed", "options"):
        with pytest.raises(ProjectError, match=f"unknown parameter {name}"):
            load_network("report", {}, {name: 1})


@pytest.mark.parametrize(
    ("name", "options"),
    [
        # 53 GB, 2 GB and half a GB of weights.
        ("resunet", {"widths": [1024] * 6, "blocks": [64] * 6, "batch_norm": True}),
        ("ffdnet", {"width": 1024, "layers": 64}),
        ("report", {"width": 1024, "layers": 8, "linear_start": True}),
    ],
)
def test_weights_are_compared_before_the_network_takes_memory(
    name, options, monkeypatch
):
    allocated = []
    place = torch.empty

    def empty(*sizes, **kwargs):
        made = place(*sizes, **kwargs)
        allocated.append(0 if made.is_meta else made.numel())
        return made

    monkeypatch.setattr(torch, "empty", empty)
    state = torch.random.get_rng_state()

    with pytest.raises(ProjectError, match="is missing"):
        load_network(name, {}, options)

    assert allocated
    assert sum(allocated) == 0
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("2.bias", None, "(2.bias is missing)"),
        ("8.weight", np.zeros(3), "('8.weight' is unknown to it)"),
        (
            "2.weight",
            np.zeros((8, 8, 5, 5), np.float32),
            "(2.weight has the shape (8, 8, 5, 5) instead of (8, 8, 3, 3))",
        ),
        ("0.bias", np.zeros(8), "(0.bias is float64 instead of float32)"),
        (
            "4.bias",
            np.full(8, np.inf, np.float32),
            "(4.bias holds numbers that are not finite)",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_why_and_what_to_do(name, value, why):
    weights = weights_of(build_network("report", seed=0)) | {name: value}
    if value is None:
        del weights[name]

    with pytest.raises(ProjectError) as caught:
        load_network("report", weights)

    assert str(caught.value) == (
        f"The saved weights do not fit the network 'report' {why}: train it again."
    )


def gradient_of_a_dead_layer(leak: float) -> torch.Tensor:
    """The gradient of filters whose ReLUs no input passes."""
    network = build_network("resunet", 0, {"widths": [4], "blocks": [1], "leak": leak})
    first, _, last = branch = network.network.body[0].branch
    first.bias.data.fill_(-99.0)
    last.weight.data.fill_(1.0)  # else it starts at zero
    outputs = branch(torch.rand(1, 4, 4, 4) + 0.1)
    (gradient,) = torch.autograd.grad(outputs.sum(), first.weight)
    return gradient


def test_filters_behind_a_dead_relu_learn_only_if_it_leaks():
    assert gradient_of_a_dead_layer(leak=0.0).abs().max() == 0
    assert gradient_of_a_dead_layer(leak=0.1).abs().min() > 0
