"""What changes a network's weights by their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim.adam import adam
from torch.optim.sgd import sgd

Moments = dict[str, torch.Tensor]


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

    @abstractmethod
    def step(self) -> None:
        """Update each parameter once, by its gradient."""

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

    @torch.no_grad()
    def step(self) -> None:
        """Update each parameter once, by its gradient."""
        for parameter, moments in zip(self.parameters, self.moments, strict=True):
            if not moments:
                moments["mean"] = torch.zeros_like(parameter)
                moments["square"] = torch.zeros_like(parameter)
                # The fused kernel counts on the device.
                moments["step"] = torch.zeros((), device=parameter.device)
        adam(
            list(self.parameters),
            _gradients(self.parameters),
            exp_avgs=[one["mean"] for one in self.moments],
            exp_avg_sqs=[one["square"] for one in self.moments],
            max_exp_avg_sqs=[],
            state_steps=[one["step"] for one in self.moments],
            fused=True,
            decoupled_weight_decay=self._decoupled,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            eps=1e-8,
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

    @torch.no_grad()
    def step(self) -> None:
        """Update each parameter once, by its gradient."""
        buffers = [one.get("momentum") for one in self.moments]
        sgd(
            list(self.parameters),
            _gradients(self.parameters),
            buffers,  # the first step fills them
            fused=True,
            weight_decay=self.weight_decay,
            momentum=self._momentum,
            lr=self.learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )
        for moments, buffer in zip(self.moments, buffers, strict=True):
            if buffer is not None:
                moments["momentum"] = buffer


def _gradients(parameters: Iterable[nn.Parameter]) -> list[torch.Tensor]:
    gradients = [parameter.grad for parameter in parameters]
    return [gradient for gradient in gradients if gradient is not None]


def _placed(value: torch.Tensor, parameter: nn.Parameter) -> torch.Tensor:
    if value.shape != parameter.shape:
        return value.to(parameter.device)
    # The fused kernels go through memory as it lies: a moment that lies in another
    # order than its parameter would be applied to the wrong weights.
    return torch.empty_like(parameter, requires_grad=False).copy_(value)
