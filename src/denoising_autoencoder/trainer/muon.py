"""The optimizer Muon: it makes the momentum of filters orthogonal."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import nn

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.trainer.optimizer import EPSILON, Moments, Optimizer, Updated

MOMENTUM = 0.95
"""Momentum of the filters' gradients (Jordan et al.)."""

BETAS = (0.9, 0.99)
"""Adam's decay rates, for the other parameters."""

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Coefficients of the polynomial a x + b x^3 + c x^5. Applied five times, it brings any
singular value between about 0.001 and 1 near 1 (Jordan et al. 2024, "Muon: An optimizer
for hidden layers in neural networks")."""

ROUNDS = 5

SCALE = 0.2
"""Root mean square of an update. Adam's is typically the same, so one learning rate
suits both (Liu et al. 2025, "Muon is Scalable for LLM Training")."""

_TOGETHER = 4
"""Number of filters that one thread updates together."""

_FEWEST_CHANNELS = 4
"""A convolution from or to fewer channels reads or writes colours. By default AdamW
takes it, as is usual for the first and the last layer of a network that Muon trains.
(After a pixel-unshuffle these layers have 12 channels or more, and count as
filters.)"""


class Muon(Optimizer):
    """Muon for filters; AdamW for biases and, by default, for colours.

    A filter of shape (out, in, height, width) is a matrix of out rows. All singular
    values of its momentum are brought near 1, so that directions with small gradients
    are learned as fast as those with large ones (docs/ablation.md compares it with
    AdamW). Weight decay is decoupled from the gradient, for both kinds.

    Args:
        parameters: Parameters of one network.
        weight_decay: Weight decay of all parameters.
        colors: Whether Muon also takes the filters that read or write colours.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        weight_decay: float,
        colors: bool = False,
    ) -> None:
        super().__init__(parameters, weight_decay)
        self._colors = colors

    def first_moments(self, parameter: torch.Tensor) -> Moments:
        """See `Optimizer`."""
        if self._is_filter(parameter):
            return {"momentum": torch.zeros_like(parameter)}
        return {
            "step": torch.zeros((), dtype=torch.float32),
            "mean": torch.zeros_like(parameter),
            "square": torch.zeros_like(parameter),
        }

    def _update(self, updated: list[Updated], in_order: InOrder) -> None:
        # Matrices of one shape go through the polynomial together: one by one, its many
        # small products take four times as long. A few at a time can be shared.
        filters: dict[tuple[int, int], list[Updated]] = defaultdict(list)
        for item in updated:
            if self._is_filter(item.parameter):
                filters[_sides(item.parameter)].append(item)
            else:
                self._update_other(*item)
        few = [
            same_shape[start : start + _TOGETHER]
            for same_shape in filters.values()
            for start in range(0, len(same_shape), _TOGETHER)
        ]
        for _ in in_order(self._update_filters, few):
            pass

    def _is_filter(self, parameter: torch.Tensor) -> bool:
        hidden = parameter.ndim == 4 and min(parameter.shape[:2]) >= _FEWEST_CHANNELS
        return hidden or (parameter.ndim == 4 and self._colors)

    @torch.no_grad()  # for this thread
    def _update_filters(self, filters: list[Updated]) -> None:
        matrices = []
        for _, gradient, moments in filters:
            moments["momentum"].lerp_(gradient, 1 - MOMENTUM)
            nesterov = gradient.lerp(moments["momentum"], MOMENTUM)
            matrices.append(_as_wide_matrix(nesterov))
        updates = orthogonalize(torch.stack(matrices))
        for (parameter, _, _), update in zip(filters, updates, strict=True):
            rows = len(parameter)
            wide = update if rows == len(update) else update.T
            parameter.mul_(1 - self.learning_rate * self.weight_decay)
            scale = SCALE * math.sqrt(max(_sides(parameter)))
            parameter.sub_(
                wide.reshape(parameter.shape), alpha=self.learning_rate * scale
            )

    def _update_other(
        self, parameter: nn.Parameter, gradient: torch.Tensor, moments: Moments
    ) -> None:
        moments["step"] += 1
        moments["mean"].lerp_(gradient, 1 - BETAS[0])
        moments["square"].lerp_(gradient.square(), 1 - BETAS[1])
        step = float(moments["step"])
        root = (moments["square"] / (1 - BETAS[1] ** step)).sqrt_().add_(EPSILON)
        parameter.mul_(1 - self.learning_rate * self.weight_decay)
        rate = self.learning_rate / (1 - BETAS[0] ** step)
        parameter.addcdiv_(moments["mean"], root, value=-rate)


def orthogonalize(matrices: torch.Tensor) -> torch.Tensor:
    """Bring the singular values of matrices near 1, and keep their directions.

    All rounds of the polynomial commute with X X^T. They are computed on this small
    square matrix, and X is multiplied only once, at the end. With 64 rows and 576
    columns this is a fifth of the work of the usual Newton-Schulz iteration, with the
    same result up to rounding.

    Args:
        matrices: (n, rows, columns), float32, with no more rows than columns.

    Returns:
        Matrices of the same shape, with singular values between about 0.7 and 1.2.
    """
    a, b, c = COEFFICIENTS
    norms = matrices.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None]
    gram = torch.bmm(matrices, matrices.mT) / norms**2
    identity = torch.eye(gram.shape[-1], device=gram.device)
    product = identity.expand_as(gram)
    for round_ in range(1, ROUNDS + 1):
        factor = a * identity + b * gram + c * torch.bmm(gram, gram)
        product = torch.bmm(factor, product)
        if round_ < ROUNDS:
            gram = torch.bmm(torch.bmm(factor, gram), factor)
    orthogonal: torch.Tensor = torch.bmm(product, matrices) / norms
    return orthogonal


def _sides(parameter: torch.Tensor) -> tuple[int, int]:
    """Rows and columns of a filter as a matrix, the smaller number first."""
    rows, columns = len(parameter), parameter[0].numel()
    return min(rows, columns), max(rows, columns)


def _as_wide_matrix(filters: torch.Tensor) -> torch.Tensor:
    matrix = filters.reshape(len(filters), -1)
    return matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
