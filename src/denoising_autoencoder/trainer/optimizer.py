"""Optimizers: the interface, Adam and SGD."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import nn
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from denoising_autoencoder.compute.in_order import InOrder

Moments = dict[str, torch.Tensor]

BETAS = (0.9, 0.999)
"""Adam's decay rates for gradients and their squares (Kingma and Ba)."""

EPSILON = 1e-8
"""Added to Adam's denominators."""


class Updated(NamedTuple):
    """A parameter that a step changes.

    Attributes:
        parameter: The parameter; changed in place.
        gradient: Gradient of the loss.
        moments: Running averages; changed in place.
    """

    parameter: nn.Parameter
    gradient: torch.Tensor
    moments: Moments


class Optimizer(ABC):
    """Changes parameters step by step.

    It is not a `torch.optim.Optimizer`. To make one of these imports PyTorch's
    compiler, which takes as long as a short training (1.2 s), and each of its steps
    makes calls for hooks and graphs. The updates are PyTorch's own functions.

    Args:
        parameters: Parameters of one network.
        weight_decay: Factor of the pull towards zero.

    Attributes:
        parameters: The parameters, in order.
        learning_rate: Learning rate of the next step.
        moments: Running averages for each parameter, by name.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], weight_decay: float) -> None:
        self.parameters = list(parameters)
        self.weight_decay = weight_decay
        self.learning_rate = 0.0
        self.moments: list[Moments] = [{} for _ in self.parameters]

    @torch.no_grad()
    def step(self, in_order: InOrder = map) -> None:
        """Update each parameter that has a gradient.

        Args:
            in_order: `map` for work that can be shared; `on_threads` gives one.
        """
        updated = []
        for parameter, moments in zip(self.parameters, self.moments, strict=True):
            if parameter.grad is not None:
                if not moments:
                    moments |= self.first_moments(parameter)
                updated.append(Updated(parameter, parameter.grad, moments))
        self._update(updated, in_order)

    @abstractmethod
    def first_moments(self, parameter: torch.Tensor) -> Moments:
        """The running averages of a parameter before its first step: zeros."""

    @abstractmethod
    def _update(self, updated: list[Updated], in_order: InOrder) -> None: ...

    def restore(self, moments: list[Moments]) -> None:
        """Continue with the moments of another optimizer of the same kind.

        Args:
            moments: The other's `moments`, on any device and in any memory layout.
        """
        self.moments = [
            {name: _placed(value, parameter) for name, value in old.items()}
            for parameter, old in zip(self.parameters, moments, strict=True)
        ]


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015), by PyTorch's fused kernel.

    Args:
        parameters: Parameters of one network.
        weight_decay: Factor of the pull towards zero.
        decoupled: Whether weight decay is applied to the weights, as in AdamW
            (Loshchilov and Hutter, 2019), instead of being added to the gradient.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        weight_decay: float,
        decoupled: bool = False,
    ) -> None:
        super().__init__(parameters, weight_decay)
        self._decoupled = decoupled

    def first_moments(self, parameter: torch.Tensor) -> Moments:
        """See `Optimizer`."""
        return {
            "mean": torch.zeros_like(parameter),
            "square": torch.zeros_like(parameter),
            # The fused kernel counts on the device.
            "step": torch.zeros((), device=parameter.device),
        }

    def _update(
        self,
        updated: list[Updated],
        in_order: InOrder,  # noqa: ARG002, one call for all
    ) -> None:
        adam(
            [item.parameter for item in updated],
            [item.gradient for item in updated],
            exp_avgs=[item.moments["mean"] for item in updated],
            exp_avg_sqs=[item.moments["square"] for item in updated],
            max_exp_avg_sqs=[],
            state_steps=[item.moments["step"] for item in updated],
            fused=True,
            decoupled_weight_decay=self._decoupled,
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            eps=EPSILON,
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            maximize=False,
        )


class SGD(Optimizer):
    """Stochastic gradient descent, by PyTorch's fused kernel.

    Args:
        parameters: Parameters of one network.
        weight_decay: Factor of the weights that are added to the gradient.
        momentum: Momentum of the gradients; 0 for none.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        weight_decay: float,
        momentum: float,
    ) -> None:
        super().__init__(parameters, weight_decay)
        self._momentum = momentum

    def first_moments(self, parameter: torch.Tensor) -> Moments:
        """See `Optimizer`."""
        return {"momentum": torch.zeros_like(parameter)} if self._momentum else {}

    def _update(
        self,
        updated: list[Updated],
        in_order: InOrder,  # noqa: ARG002, one call for all
    ) -> None:
        sgd(
            [item.parameter for item in updated],
            [item.gradient for item in updated],
            [item.moments.get("momentum") for item in updated],
            fused=True,
            weight_decay=self.weight_decay,
            momentum=self._momentum,
            lr=self.learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )


def _placed(value: torch.Tensor, parameter: nn.Parameter) -> torch.Tensor:
    if value.shape != parameter.shape:
        return value.to(parameter.device)
    # The fused kernels ignore strides. A moment with another memory layout than its
    # parameter would be applied to the wrong weights.
    return torch.empty_like(parameter, requires_grad=False).copy_(value)
