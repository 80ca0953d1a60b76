"""What changes a network's weights by their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import nn
from torch.optim.adam import adam
from torch.optim.sgd import sgd

Moments = dict[str, torch.Tensor]

BETAS = (0.9, 0.999)
"""Of Adam's gradients and of their squares, as Kingma and Ba propose."""

EPSILON = 1e-8
"""Of Adam."""


class Updated(NamedTuple):
    """A parameter that a step changes.

    Attributes:
        parameter: To change in place.
        gradient: Of the loss.
        moments: What is remembered of it: to change too; empty before the first step.
    """

    parameter: nn.Parameter
    gradient: torch.Tensor
    moments: Moments


class Optimizer(ABC):
    """Changes parameters, one step after the other.

    No `torch.optim.Optimizer`: to make one imports PyTorch's compiler, which takes as
    long as a short training (1.2 s), and each of its steps costs calls that are made
    for hooks and graphs. The updates themselves are PyTorch's functions.

    Args:
        parameters: Of one network.
        weight_decay: Pulls them towards zero.

    Attributes:
        parameters: In their order.
        learning_rate: Of the next step.
        moments: What is remembered of each parameter's gradients, by name.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], weight_decay: float) -> None:
        self.parameters = list(parameters)
        self.weight_decay = weight_decay
        self.learning_rate = 0.0
        self.moments: list[Moments] = [{} for _ in self.parameters]

    @torch.no_grad()
    def step(self) -> None:
        """Update each parameter that has a gradient once."""
        pairs = zip(self.parameters, self.moments, strict=True)
        self._update([Updated(p, p.grad, m) for p, m in pairs if p.grad is not None])

    @abstractmethod
    def _update(self, updated: list[Updated]) -> None: ...

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def restore(self, moments: list[Moments]) -> None:
        """Go on from what another of the same kind remembered.

        Args:
            moments: As `moments` were; on any device, in any memory layout.
        """
        self.moments = [
            {name: _placed(value, parameter) for name, value in one.items()}
            for parameter, one in zip(self.parameters, moments, strict=True)
        ]


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015), as PyTorch's fused kernel does it.

    Args:
        parameters: Of one network.
        weight_decay: Part of the gradient, or apart from it.
        decoupled: Whether it is apart: AdamW (Loshchilov and Hutter, 2019).
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        weight_decay: float,
        decoupled: bool = False,
    ) -> None:
        super().__init__(parameters, weight_decay)
        self._decoupled = decoupled

    def _update(self, updated: list[Updated]) -> None:
        for parameter, _, moments in updated:
            if not moments:
                moments["mean"] = torch.zeros_like(parameter)
                moments["square"] = torch.zeros_like(parameter)
                # The fused kernel counts on the device.
                moments["step"] = torch.zeros((), device=parameter.device)
        adam(
            [one.parameter for one in updated],
            [one.gradient for one in updated],
            exp_avgs=[one.moments["mean"] for one in updated],
            exp_avg_sqs=[one.moments["square"] for one in updated],
            max_exp_avg_sqs=[],
            state_steps=[one.moments["step"] for one in updated],
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
    """Stochastic gradient descent, as PyTorch's fused kernel does it.

    Args:
        parameters: Of one network.
        weight_decay: Part of the gradient.
        momentum: Of the gradients; 0: none is kept.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        weight_decay: float,
        momentum: float,
    ) -> None:
        super().__init__(parameters, weight_decay)
        self._momentum = momentum

    def _update(self, updated: list[Updated]) -> None:
        for momentum in (True, False):
            # The kernel takes the first steps of all or of none.
            some = [one for one in updated if ("momentum" in one.moments) == momentum]
            buffers = [one.moments.get("momentum") for one in some]
            if some:
                self._call(some, buffers)
            for one, buffer in zip(some, buffers, strict=True):
                if buffer is not None:
                    one.moments["momentum"] = buffer

    def _call(self, updated: list[Updated], buffers: list[torch.Tensor | None]) -> None:
        sgd(
            [one.parameter for one in updated],
            [one.gradient for one in updated],
            buffers,  # the first step fills them
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
    # The fused kernels go through memory as it lies: a moment that lies in another
    # order than its parameter would be applied to the wrong weights.
    return torch.empty_like(parameter, requires_grad=False).copy_(value)
