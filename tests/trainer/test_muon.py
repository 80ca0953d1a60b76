from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.trainer.build_optimizer import build_optimizer
from denoising_autoencoder.trainer.muon import Muon, orthogonalize


def matrices(*shape: int) -> torch.Tensor:
    return torch.from_numpy(
        np.random.default_rng(0).normal(size=shape).astype(np.float32)
    )


def newton_schulz(matrix: torch.Tensor) -> torch.Tensor:
    """The iteration as Jordan et al. publish it, in double precision."""
    x = matrix.double()
    x = x / x.norm()
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x


@pytest.mark.parametrize("shape", [(3, 8, 72), (2, 16, 16), (1, 4, 400)])
def test_matrices_become_what_the_published_iteration_makes_of_them(shape):
    # Far from orthogonal: singular values across three orders of magnitude.
    given = matrices(*shape) * torch.logspace(-3, 0, shape[1])[:, None]

    made = orthogonalize(given)

    expected = torch.stack([newton_schulz(matrix) for matrix in given])
    torch.testing.assert_close(made.double(), expected, rtol=1e-3, atol=1e-4)


def test_singular_values_come_near_one_and_directions_stay():
    given = matrices(2, 8, 72)

    made = orthogonalize(given)

    values = torch.linalg.svdvals(made)
    assert values.min() > 0.65
    assert values.max() < 1.25
    left, _, right = torch.linalg.svd(given, full_matrices=False)
    inner = left.mT @ made @ right.mT
    assert (inner - inner.diagonal(dim1=1, dim2=2).diag_embed()).abs().max() < 1e-4


def test_the_scale_of_a_matrix_does_not_matter_and_nothing_stays_nothing():
    given = matrices(1, 4, 36)

    torch.testing.assert_close(orthogonalize(given * 1e-6), orthogonalize(given))
    assert torch.equal(orthogonalize(torch.zeros(1, 4, 36)), torch.zeros(1, 4, 36))


def updated(
    parameter: torch.Tensor,
    gradients: list[torch.Tensor],
    weight_decay: float = 0.0,
    colors: bool = False,
):
    parameter = nn.Parameter(parameter.clone())
    optimizer = Muon([parameter], weight_decay, colors)
    optimizer.learning_rate = 0.01
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


@pytest.mark.parametrize("shape", [(8, 4, 3, 3), (4, 8, 3, 3), (16, 4, 1, 1)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_filter_moves_by_its_orthogonal_gradient_whatever_its_layout(shape, layout):
    start = matrices(*shape).contiguous(memory_format=layout)
    gradient = matrices(*shape).flip(0).contiguous(memory_format=layout)

    moved = updated(start, [gradient])

    assert_moved_orthogonally(moved, start, gradient)


@pytest.mark.parametrize("shape", [(8, 3, 3, 3), (3, 8, 3, 3), (8, 1, 3, 3)])
def test_filters_of_colours_are_filters_too_if_asked_for(shape):
    start, gradient = matrices(*shape), matrices(*shape).flip(0)

    moved = updated(start, [gradient], colors=True)

    assert_moved_orthogonally(moved, start, gradient)


def assert_moved_orthogonally(
    moved: torch.Tensor, start: torch.Tensor, gradient: torch.Tensor
) -> None:
    shape = start.shape
    matrix = gradient.reshape(shape[0], -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = newton_schulz(matrix.T).T
    else:
        matrix = newton_schulz(matrix)
    expected = start - 0.01 * 0.2 * max(matrix.shape) ** 0.5 * matrix.reshape(shape)
    torch.testing.assert_close(moved, expected.float(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "colors"), [((8, 3, 3, 3), False), ((3, 8, 3, 3), False), ((8,), True)]
)
def test_colours_and_biases_move_as_adamw_would_move_them(shape, colors):
    start, gradients = matrices(*shape), [matrices(*shape) * k for k in (1, 0.3, -2)]
    expected = nn.Parameter(start.clone())
    adamw = torch.optim.AdamW([expected], 0.01, betas=(0.9, 0.99), weight_decay=0.1)
    for gradient in gradients:
        expected.grad = gradient.clone()
        adamw.step()

    moved = updated(start, gradients, 0.1, colors)

    torch.testing.assert_close(moved, expected.detach(), rtol=1e-5, atol=1e-7)


def test_weight_decay_pulls_filters_towards_zero():
    start, nothing = matrices(4, 4, 3, 3), torch.zeros(4, 4, 3, 3)

    moved = updated(start, [nothing], weight_decay=0.5)

    torch.testing.assert_close(moved, start * (1 - 0.01 * 0.5))


def test_momentum_carries_a_filter_on():
    start, gradient = matrices(4, 4, 3, 3), matrices(4, 4, 3, 3).flip(1)

    # A gradient of nothing after a real one: without momentum nothing would move.
    once = updated(start, [gradient])
    twice = updated(start, [gradient, torch.zeros_like(gradient)])

    torch.testing.assert_close(twice - once, once - start, rtol=1e-3, atol=1e-5)


def test_filters_of_one_shape_are_not_mixed_up():
    first, second = matrices(2, 4, 4, 3, 3)
    together = [nn.Parameter(first.clone()), nn.Parameter(second.clone())]
    optimizer = Muon(together, 0.0)
    optimizer.learning_rate = 0.01
    for parameter, gradient in zip(together, (second, first), strict=True):
        parameter.grad = gradient.clone()
    optimizer.step()

    torch.testing.assert_close(together[0].detach(), updated(first, [second]))
    torch.testing.assert_close(together[1].detach(), updated(second, [first]))


@pytest.mark.parametrize("colors", [False, True])
def test_the_recipe_says_who_takes_the_colours(colors):
    network = build_network("report", seed=0)
    network(torch.zeros(1, 3, 8, 8)).sum().backward()
    optimizer = build_optimizer("muon", network.parameters(), 0.0, 0.9, colors)
    optimizer.step()

    by_muon = ["momentum" in moments for moments in optimizer.moments[::2]]

    assert by_muon == [colors, True, True, colors]
